import type { FeedEvent } from "../ingest/feed/feed-event.ts";
import type { SliceEntry } from "../ingest/slice-entry.ts";
import type { Clock } from "../record/clock.ts";
import type { FeedSummary } from "./feed-summary.ts";

/** Between two lines about slices of which there is nothing to say. */
const USUAL_EVERY_MS = 1000;
const USUAL = new Set<string | null>(["ok", "unchanged", null]);

/** Tells a person how a feed is followed: a line for what is remarkable, now and then one more. */
export class FeedView {
  readonly #stream: NodeJS.WritableStream;
  readonly #clock: Clock;
  #usualAtMs = Number.NEGATIVE_INFINITY;

  constructor(stream: NodeJS.WritableStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  show(event: FeedEvent): void {
    const line = this.#line(event);
    if (line !== null) this.#stream.write(`${line}\n`);
  }

  #line(event: FeedEvent): string | null {
    switch (event.kind) {
      case "published":
        return this.#published(event.slice, event.entries);
      case "waiting":
        return `slice ${event.slice}  waits for ${list(event.lacking)}`;
      case "skipped":
        return `slice ${event.from}  nothing until ${event.to}`;
      case "file_trouble":
        return `${event.problem}; try ${event.trouble.tries}`;
      case "feed_trouble":
      case "log_trouble":
        return `${event.problem}; again in ${seconds(event.retryMs)}`;
      default:
        return null;
    }
  }

  #published(slice: string, entries: readonly SliceEntry[]): string | null {
    if (entries.length === 0) return null;
    const nowMs = this.#clock.nowMs();
    const remarkable = entries.filter(({ outcome }) => !USUAL.has(outcome));
    const attempt = Math.max(...entries.map((entry) => entry.attempt));
    const isUsual = remarkable.length === 0 && attempt === 1;
    if (isUsual && nowMs - this.#usualAtMs < USUAL_EVERY_MS) return null;
    if (isUsual) this.#usualAtMs = nowMs;
    const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    return [
      `slice ${slice}  ${number(rows)} rows`,
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
      ...remarkable.map(({ feed, outcome }) => `${feed} ${words(outcome!)}`),
    ].join("  ");
  }
}

export const describeFeed = (summary: FeedSummary): string =>
  [
    `slices    ${number(summary.slices)}, re-opened ${number(summary.reopened)}`,
    `rows      ${list(summary.rows)}`,
    `files     ${number(summary.files)} with ${number(summary.bytes)} bytes`,
    `outcomes  ${list(summary.outcomes)}`,
    `took      ${summary.seconds} s, peak memory ${summary.peak_rss_mb} MB`,
    "",
  ].join("\n");

const list = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(
      ([name, value]) =>
        `${words(name)} ${typeof value === "number" ? number(value) : words(value)}`,
    )
    .join(", ") || "none";

const words = (name: string): string => name.replaceAll("_", " ");
const number = (value: number): string => value.toLocaleString("en-US");
const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(2))} s`;
