import { END_OF_STREAM } from "../record/slice-end.ts";
import type { TaskMeta } from "../runtime/task.ts";
import type { Amount, StoreReport, TaskReport } from "../state/inspect-checkpoints.ts";

type Report = TaskReport<TaskMeta>;

/** One line with everything. */
export function stateJson({ newest, ...report }: Report): string {
  if (newest === null) return `${JSON.stringify({ ...report, newest })}\n`;
  const { meta, ...manifest } = newest;
  const { streamTimeMs, pending, closed } = meta.tracker;
  const known = {
    streamTime: timeOf(streamTimeMs),
    openSlices: openSlices(meta).map(timeOf),
    pendingAttempts: pending.length,
    closedSlices: closed.length,
    counters: meta.counters,
    sent: meta.sent,
  };
  return `${JSON.stringify({ ...report, newest: { ...manifest, ...known } })}\n`;
}

export function stateText(report: Report): string {
  const { application, generation, task, newest, manifests, unlisted, problems } = report;
  const lines = [`${application}/${generation}/${task}: ${headline(report)}`];
  if (newest !== null) {
    const { meta, stores } = newest;
    const open = openSlices(meta);
    const names =
      open.length === 0 ? "no open slices" : `open slices ${open.map(timeOf).join(", ")}`;
    lines.push(`stream time ${timeOf(meta.tracker.streamTimeMs) ?? "none yet"}, ${names}`);
    lines.push(...storeLines(stores));
    const tiers = report.tiers.flatMap((tier, at) =>
      tier.objects === 0 ? [] : [`tier ${at} ${amountOf(tier, "block")}`],
    );
    lines.push(tiers.length === 0 ? "no blocks" : tiers.join(", "));
    lines.push(...countLine("counters", meta.counters), ...countLine("sent", meta.sent));
  }
  if (unlisted.objects > 0) {
    lines.push(`in none of ${count(manifests)} manifests: ${amountOf(unlisted, "object")}`);
  }
  return `${[...lines, ...problems].join("\n  ")}\n`;
}

function headline({ newest, manifests }: Report): string {
  const besides = manifests === 1 ? "" : `, ${count(manifests)} manifests`;
  if (newest === null) return `no checkpoint that can be read${besides}`;
  return `checkpoint ${newest.id} of ${timeOf(newest.modifiedMs)}${besides}`;
}

function storeLines(stores: readonly StoreReport[]): string[] {
  const widest = Math.max(0, ...stores.map(({ name }) => name.length));
  return stores.map(
    ({ name, segments, bytes }) =>
      `${name.padEnd(widest)}  ${plural(segments, "segment").padStart(14)}  ${mib(bytes).padStart(11)}`,
  );
}

function countLine(name: string, counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts).map(([key, number]) => `${key} ${count(number)}`);
  return entries.length === 0 ? [] : [`${name}: ${entries.join(", ")}`];
}

/** Slices that somebody has closed, or has rows of, and that are not closed for the task. */
const openSlices = ({ tracker }: TaskMeta): number[] =>
  [...new Set(tracker.pending.map(([sliceMs]) => sliceMs))].sort((a, b) => a - b);

/** Null: no time that was ever reached, or one without end. */
function timeOf(timeMs: number): string | null {
  if (!(Math.abs(timeMs) < END_OF_STREAM)) return null;
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

const count = (number: number): string => number.toLocaleString("en-US");
const plural = (number: number, of: string) => `${count(number)} ${of}${number === 1 ? "" : "s"}`;
const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
const amountOf = ({ objects, bytes }: Amount, of: string): string =>
  `${plural(objects, of)} of ${mib(bytes)}`;
