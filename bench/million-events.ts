import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { SliceStream } from "../src/ingest/slice-generator/generate-slices.ts";
import type { SlicePublisher } from "../src/ingest/slice-publisher.ts";
import { round } from "./process-cost.ts";
import { type Lines, publishGenerated, ReplicaBench, timedUntil } from "./replica-bench.ts";

/** Eight days but for two hours: the next slices do not expire anything yet. */
const SLICES = 760;
const EVENTS_PER_SLICE = 1400;

/** What was built once, for other scripts to go on with. */
interface Built {
  readonly bucket: string;
  slices: number;
  events: number;
}

/**
 * Replicas with more than a million events of state: 760 slices, each event with one mention, and
 * few documents with little in them, so that the state can be had within minutes. `file` says where it was
 * built; if there is none it is built, and the file written. It lasts as long as the services do.
 */
export class MillionEvents {
  readonly bench: ReplicaBench;
  readonly #built: Built;
  readonly #file: string;
  readonly #stream = new SliceStream({
    seed: 1,
    startMs: Date.UTC(2026, 0, 1),
    eventsPerSlice: EVENTS_PER_SLICE,
    mentionsPerEvent: 1,
    gcamEntries: 5,
    shares: { withGkg: 0.1, unmentioned: 0 },
  });
  #publisher: SlicePublisher | null = null;

  private constructor(bench: ReplicaBench, built: Built, file: string) {
    this.bench = bench;
    this.#built = built;
    this.#file = file;
  }

  static async open(file: string, lines: Lines): Promise<MillionEvents> {
    if (existsSync(file)) {
      const built: Built = JSON.parse(readFileSync(file, "utf8"));
      return new MillionEvents(await ReplicaBench.open(lines, built.bucket), built, file);
    }
    const bench = await ReplicaBench.open(lines);
    const built = { bucket: bench.bucket.bucket, slices: 0, events: 0 };
    const million = new MillionEvents(bench, built, file);
    await million.#build();
    return million;
  }

  get events(): number {
    return this.#built.events;
  }

  async #build(): Promise<void> {
    const startMs = performance.now();
    const replica = this.bench.replica("builds");
    while (this.#built.slices < SLICES) await this.publishNext();
    const minutes = () => round((performance.now() - startMs) / 60_000);
    process.stderr.write(`published ${this.events} events after ${minutes()} min\n`);
    await timedUntil(() => this.bench.tablesDone("gdelt-silver"), { everyMs: 1000, msMax: 3e6 });
    process.stderr.write(`joined after ${minutes()} min\n`);
    await replica.stop();
    this.#save();
  }

  /** Publishes the next slice of the stream. */
  async publishNext(): Promise<void> {
    this.#publisher ??= await this.bench.publisher();
    const slice = this.#stream.slice(this.#built.slices);
    await publishGenerated(this.#publisher, slice);
    this.#built.slices++;
    for (const byte of slice.feeds.get("events")!) if (byte === 10) this.#built.events++;
  }

  /** Bytes of the checkpoints in the bucket. */
  async checkpointMb(): Promise<number> {
    const objects = await this.bench.store("gdelt-silver", "checkpoints").list("");
    return Math.round(objects.reduce((sum, { size }) => sum + size, 0) / 1e6);
  }

  #save(): void {
    writeFileSync(this.#file, JSON.stringify(this.#built));
  }

  async close(): Promise<void> {
    await this.bench.close();
    if (existsSync(this.#file)) this.#save();
  }
}
