import { parseStamp, SLICE_MS, SLICES_TOPIC } from "../../gdelt/feeds.ts";
import { decodeEntries, type LogEntry, type SliceEntry } from "../../ingest/slice-entry.ts";
import type { Problem } from "../../inspector/problem.ts";
import type { Clock } from "../../record/clock.ts";
import type { Log } from "../../runtime/ports.ts";

/** Of so many newest slices it is told what they lack: who looks on sees two hours. */
const SLICES = 8;

/** How far back is looked at first: more than those take up, re-opened slices among them. */
const LOOK_BACK_OFFSETS = 2000;
const READ_BYTES_MAX = 1024 * 1024;

/** GDELT is some minutes late itself; two slices that do not come are more. The alert SourceStalled says so too. */
const OVERDUE_MS = 3 * SLICE_MS;

/** What is older is a replay or invented: nobody waits for the next slice of it. */
const FOLLOWED_MS = 86_400_000;

const AT = { topic: SLICES_TOPIC, partition: 0 } as const;

/**
 * What the newest slices lack, as the producer has said in the log: each replica knows it, whether the
 * producer can be asked or not.
 */
export class SliceTail {
  readonly #log: Log;
  readonly #clock: Clock;
  /** By slice, oldest first, and feed. */
  #slices = new Map<number, Map<string, SliceEntry>>();
  #position: number | null = null;
  #hasEnded = false;
  #reading: Promise<void> | null = null;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Newest slice first. Who asks while it reads waits for the same. */
  async problems(): Promise<readonly Problem[]> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    const lacking = [...this.#slices.values()]
      .reverse()
      .flatMap((feeds) => [...feeds.values()])
      .filter(({ status }) => status !== "published");
    return [...this.#overdue(), ...lacking.map(problemOf)];
  }

  #overdue(): readonly Problem[] {
    const newestMs = [...this.#slices.keys()].at(-1);
    if (newestMs === undefined || this.#hasEnded) return [];
    const ageMs = this.#clock.nowMs() - newestMs;
    if (ageMs <= OVERDUE_MS || ageMs > FOLLOWED_MS) return [];
    const since = (newestMs + OVERDUE_MS) / 1000;
    const reason = `the newest slice has the stamp ${stampText(newestMs)}`;
    return [{ kind: "slice_overdue", about: "the feed", since, reason }];
  }

  async #read(): Promise<void> {
    if ((await this.#log.partitions(SLICES_TOPIC)) === 0) return;
    const { start, end } = await this.#log.bounds(AT);
    let next = this.#position ?? Math.max(start, end - LOOK_BACK_OFFSETS);
    while (next < end) {
      const records = await this.#log.read(AT, next, READ_BYTES_MAX);
      if (records === null) break;
      for (const entry of decodeEntries(records)) this.#take(entry);
      next = records.nextOffset;
    }
    this.#position = next;
  }

  #take(entry: LogEntry): void {
    if (entry.status === "end_of_stream") this.#hasEnded = true;
    if (entry.status === "end_of_stream" || entry.status === "rescaled") return;
    // Refused as too old; or another feed has re-opened the slice, and of this one nothing is new.
    if (entry.attempt === 0 || entry.outcome === "unchanged") return;
    const sliceMs = parseStamp(entry.slice)!;
    const feeds = this.#slices.get(sliceMs) ?? new Map<string, SliceEntry>();
    feeds.set(entry.feed, entry);
    this.#slices.set(sliceMs, feeds);
    const newest = [...this.#slices].sort(([a], [b]) => a - b).slice(-SLICES);
    this.#slices = new Map(newest);
  }
}

function problemOf({ slice, feed, status, outcome, reason }: SliceEntry): Problem {
  const isMissing = status === "missing";
  const why = (outcome ?? status).replaceAll("_", " ");
  return {
    kind: isMissing ? "slice_missing" : "file_rejected",
    about: `slice ${stampText(parseStamp(slice)!)}, ${feed}`,
    since: null,
    reason: reason === null || isMissing ? why : `${why}: ${reason}`,
  };
}

const stampText = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");
