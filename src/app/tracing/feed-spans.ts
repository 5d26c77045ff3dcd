import { parseSliceFileName, parseStamp } from "../../gdelt/feeds.ts";
import type { FeedEvent } from "../../ingest/feed/feed-event.ts";
import { fetchSpanId, publishSpanId } from "../../record/trace.ts";
import { type Span, sliceAttribute } from "./span.ts";

/** Slices of which something is here and that are not published yet: of older ones the beginning is forgotten. */
const SLICES_MAX = 1000;

interface Fetching {
  startMs: number;
  endMs: number;
  files: number;
  bytes: number;
}

/** Makes spans of what the producer tells: a slice from when it was first seen until it is in the log. */
export class FeedSpans {
  readonly #clock: { nowMs(): number };
  readonly #add: (span: Span) => void;
  readonly #fetching = new Map<number, Fetching>();

  constructor(clock: { nowMs(): number }, add: (span: Span) => void) {
    this.#clock = clock;
    this.#add = add;
  }

  take(event: FeedEvent): void {
    switch (event.kind) {
      case "shown":
        this.#seen(parseStamp(event.slice)!);
        return;
      case "fetched": {
        const sliceMs = parseSliceFileName(event.file)?.sliceMs;
        if (sliceMs === undefined) return;
        const fetching = this.#seen(sliceMs);
        fetching.endMs = this.#clock.nowMs();
        fetching.files++;
        fetching.bytes += event.bytes;
        return;
      }
      case "published":
        this.#published(event);
    }
  }

  #seen(sliceMs: number): Fetching {
    const known = this.#fetching.get(sliceMs);
    if (known !== undefined) return known;
    const nowMs = this.#clock.nowMs();
    const fetching = { startMs: nowMs, endMs: nowMs, files: 0, bytes: 0 };
    this.#fetching.set(sliceMs, fetching);
    if (this.#fetching.size > SLICES_MAX) {
      const [oldest] = this.#fetching.keys();
      this.#fetching.delete(oldest!);
    }
    return fetching;
  }

  #published({ slice, entries }: Extract<FeedEvent, { kind: "published" }>): void {
    const sliceMs = parseStamp(slice)!;
    const fetching = this.#seen(sliceMs);
    this.#fetching.delete(sliceMs);
    // Refused, or nothing was new.
    const attempt = Math.max(0, ...entries.map((entry) => entry.attempt));
    if (attempt === 0) return;
    const { startMs, endMs: fetchedMs, files, bytes } = fetching;
    const id = publishSpanId(sliceMs, attempt);
    const outcomes = entries.map(({ feed, outcome }) => `${feed} ${outcome}`).join(", ");
    const rows = entries.reduce((sum, entry) => sum + entry.rows, 0);
    this.#add({
      ...{ sliceMs, id, name: "publish", startMs, endMs: this.#clock.nowMs() },
      parent: attempt === 1 ? null : publishSpanId(sliceMs, 1),
      attributes: {
        ...sliceAttribute(sliceMs),
        ...{ "gdelt.attempt": attempt, "gdelt.rows": rows, "gdelt.outcomes": outcomes },
      },
    });
    if (files === 0) return;
    this.#add({
      ...{ sliceMs, id: fetchSpanId(sliceMs, attempt), name: "fetch", startMs, endMs: fetchedMs },
      parent: id,
      attributes: { ...sliceAttribute(sliceMs), "gdelt.files": files, "gdelt.bytes": bytes },
    });
  }
}
