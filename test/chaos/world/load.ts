import { createHash } from "node:crypto";
import { link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { feedNamed } from "../../../src/gdelt/feeds.ts";
import { withFault } from "../../../src/ingest/simulator/faulty-rows.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { packSlice } from "../../../src/ingest/slice-generator/write-slices.ts";

export interface LoadSpec {
  readonly seed: number;
  readonly slices: number;
  readonly eventsPerSlice: number;
  /** Time between one slice and the next. */
  readonly paceMs: number;
}

const START_MS = Date.UTC(2026, 0, 1);
const GCAM_ENTRIES = 20;
/** Of the files; each comes by so many slices later. */
const LATE_SHARE = 0.12;
const LATER = { min: 2, max: 4 };
const FAULTY_SHARE = 0.3;
const FAULTY_ROWS_MAX = 5;

/** A file, and with which slice it comes. */
interface DueFile {
  readonly name: string;
  readonly turn: number;
}

/** Invented slices, of which some files come late, and some have rows twice or damaged. */
export class Load {
  readonly spec: LoadSpec;
  /** What is published in the end: all of it. */
  readonly folder: string;
  readonly #files: readonly DueFile[];

  private constructor(spec: LoadSpec, folder: string, files: readonly DueFile[]) {
    this.spec = spec;
    this.folder = folder;
    this.#files = files;
  }

  /** Writes the files into a folder, which is made. The same spec gives the same bytes. */
  static async write(spec: LoadSpec, folder: string): Promise<Load> {
    await mkdir(folder, { recursive: true });
    const { seed, slices, eventsPerSlice } = spec;
    const generator = { seed, startMs: START_MS, eventsPerSlice, gcamEntries: GCAM_ENTRIES };
    const stream = new SliceStream(generator);
    const random = new Random(seed, 71);
    const files: DueFile[] = [];
    for (const [turn, slice] of [...stream.slices(slices)].entries()) {
      const feeds = [...slice.feeds].map(
        ([name, content]) => [name, spoiled(content, name, random)] as const,
      );
      for (const { name, bytes } of await packSlice(
        { ...slice, feeds: new Map(feeds) },
        { zipped: true },
      )) {
        await writeFile(join(folder, name), bytes);
        // The first slice begins the stream, and is whole.
        const isLate = turn > 0 && random.chance(LATE_SHARE);
        const later = isLate ? random.between(LATER.min, LATER.max) : 0;
        files.push({ name, turn: turn + later });
      }
    }
    return new Load(spec, folder, files);
  }

  get names(): readonly string[] {
    return this.#files.map(({ name }) => name);
  }

  /** Puts the files into the folder that is followed, slice by slice. */
  async publish(folder: string, stop: AbortSignal): Promise<void> {
    await mkdir(folder, { recursive: true });
    const { slices, paceMs } = this.spec;
    for (let turn = 0; turn < slices + LATER.max && !stop.aborted; turn++) {
      const due = this.#files.filter((file) => file.turn === turn);
      for (const { name } of due) await link(join(this.folder, name), join(folder, name));
      if (due.length > 0) await sleep(paceMs, undefined, { signal: stop }).catch(() => {});
    }
  }

  /** Of names and bytes. */
  async digest(): Promise<string> {
    const hash = createHash("sha256");
    for (const name of (await readdir(this.folder)).sort()) {
      hash.update(name).update(await readFile(join(this.folder, name)));
    }
    return hash.digest("hex").slice(0, 16);
  }
}

function spoiled(content: Buffer, feed: string, random: Random): Buffer {
  if (!random.chance(FAULTY_SHARE)) return content;
  const rows = random.between(1, FAULTY_ROWS_MAX);
  const kind = random.pick(["duplicate", "malformed"] as const);
  return withFault(content, feedNamed(feed), { kind, rows }, random);
}
