import type { VersionEntry } from "../sinks/delta/table-history.ts";

/** Versions that are shown unless another number is asked for. */
export const HISTORY_LINES = 20;

const HEADINGS = ["version", "time", "operation", "files", "rows", "writer"];

/** A line for each version, in columns. */
export function describeHistory(entries: readonly VersionEntry[]): string {
  const lines = [HEADINGS, ...entries.map(cells)];
  const widths = HEADINGS.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map((line) => `  ${line.map((cell, at) => cell.padEnd(widths[at]!)).join("  ")}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

function cells(entry: VersionEntry): string[] {
  const { transactions } = entry;
  // What a sink counts besides is named below its position.
  const isBelow = (appId: string) => transactions.some((of) => appId.startsWith(`${of.appId}/`));
  const moved = transactions
    .filter(({ appId }) => !isBelow(appId))
    .map(({ appId, version }) => `${appId} to ${version}`);
  return [
    `${entry.version}`,
    `${new Date(entry.timeMs).toISOString().slice(0, 19)}Z`,
    entry.operation,
    `+${entry.filesAdded} -${entry.filesRemoved}`,
    `+${entry.rowsAdded} -${entry.rowsRemoved}`,
    [entry.writer, ...moved].join(", "),
  ];
}
