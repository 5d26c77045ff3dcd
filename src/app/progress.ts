import path from "node:path";
import { stampOf } from "../gdelt/feeds.ts";
import type { ReplayProgress } from "./replay.ts";
import type { ReplaySummary } from "./replay-summary.ts";

const REDRAW_MS = 200;

/** Tells a person how a replay goes: one line redrawn on a terminal, a line now and then elsewhere. */
export class Progress {
  private readonly stream: NodeJS.WriteStream | null;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(stream: NodeJS.WriteStream | null) {
    this.stream = stream;
  }

  show(now: ReplayProgress): void {
    const { stream } = this;
    if (stream === null) return;
    const elapsedMs = now.seconds * 1000;
    const last = now.slicesDone === now.slices;
    if (!last && elapsedMs - this.lastMs < (stream.isTTY ? REDRAW_MS : 5000)) return;
    this.lastMs = elapsedMs;
    const rate = now.seconds > 0 ? Math.round(now.rows / now.seconds) : 0;
    const join = now.joinRate === null ? "-" : `${(now.joinRate * 100).toFixed(1)} %`;
    const line =
      `slice ${now.slice} (${now.slicesDone}/${now.slices})  ${number(now.rows)} rows  ` +
      `${number(rate)} rows/s  events found ${join}  watermark ${sliceLabel(now.watermarkMs)}`;
    stream.write(
      stream.isTTY ? `\r${line.slice(0, (stream.columns ?? 120) - 1)}\x1b[K` : `${line}\n`,
    );
  }

  end(): void {
    if (this.stream?.isTTY) this.stream.write("\n");
  }

  describe(summary: ReplaySummary, out: string): string {
    const list = (counts: Readonly<Record<string, number>>) =>
      Object.entries(counts)
        .map(([name, count]) => `${name.replaceAll("_", " ")} ${number(count)}`)
        .join(", ") || "none";
    return [
      `slices    ${list(summary.slices)}`,
      `rows in   ${list(summary.rows)}`,
      `events    ${list(summary.events)}`,
      `mentions  ${list(summary.mentions)}`,
      `gkg       ${list(summary.gkg)}`,
      `dropped   ${list(summary.dropped)}`,
      `files     ${list(summary.files)}`,
      `took      ${summary.seconds} s, ${number(summary.rows_per_second)} rows/s, ` +
        `peak memory ${summary.peak_rss_mb} MB`,
      ...Object.entries(summary.tables).map(
        ([table, rows]) => `table     ${path.join(out, table)}: ${number(rows)} rows`,
      ),
      "",
    ].join("\n");
  }
}

const number = (value: number): string => value.toLocaleString("en-US");

const sliceLabel = (sliceMs: number): string =>
  Number.isFinite(sliceMs) && sliceMs < 8.64e15 ? stampOf(sliceMs) : "-";
