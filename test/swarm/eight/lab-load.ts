import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { feedNamed } from "../../../src/gdelt/feeds.ts";
import { withFault } from "../../../src/ingest/simulator/faulty-rows.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { packSlice } from "../../../src/ingest/slice-generator/write-slices.ts";

const SEED = 42;
const FAULTS_SEED = 71;
const START_MS = Date.UTC(2026, 0, 1);
const EVENTS_PER_SLICE = 40;
const GCAM_ENTRIES = 20;
const FAULTY_SHARE = 0.2;

/** Invented slices, put one after the other into a folder that the feed follows. Some rows are there twice, or damaged. */
export class LabLoad {
  readonly folder: string;
  readonly #stream = new SliceStream({
    ...{ seed: SEED, startMs: START_MS },
    ...{ eventsPerSlice: EVENTS_PER_SLICE, gcamEntries: GCAM_ENTRIES },
  });

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
  }

  /** Files that are there. */
  get names(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith(".zip"));
  }

  get slices(): number {
    return new Set(this.names.map((name) => name.slice(0, 14))).size;
  }

  /** Publishes the next slices, one every so often, until it has been so many, or is stopped. */
  async publish(count: number, paceMs: number, stop?: AbortSignal): Promise<void> {
    for (let i = 0; i < count && stop?.aborted !== true; i++) {
      await this.#put(this.slices);
      await sleep(paceMs, undefined, { ...(stop && { signal: stop }) }).catch(() => {});
    }
  }

  async #put(number: number): Promise<void> {
    const random = new Random(SEED, number, FAULTS_SEED);
    const slice = this.#stream.slice(number);
    const feeds = [...slice.feeds].map(([feed, content]): [string, Buffer] => {
      if (!random.chance(FAULTY_SHARE)) return [feed, content];
      const kind = random.pick(["duplicate", "malformed"] as const);
      return [feed, withFault(content, feedNamed(feed), { kind, rows: 2 }, random)];
    });
    const files = await packSlice({ ...slice, feeds: new Map(feeds) }, { zipped: true });
    for (const { name, bytes } of files) {
      const file = path.join(this.folder, name);
      if (existsSync(file)) continue;
      // Whole, or not there.
      writeFileSync(`${file}.new`, bytes);
      renameSync(`${file}.new`, file);
    }
  }
}
