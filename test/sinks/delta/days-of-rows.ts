import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Data, DataType, makeData, type RecordBatch } from "apache-arrow";
import { replay } from "../../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../../src/app/replay-options.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { decodeArrow, encodeArrow } from "../../../src/record/arrow/batch-builder.ts";
import { withColumns } from "../../../src/sinks/batch-shape.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { takeRows } from "../../../src/sinks/delta/take-rows.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";

const SLICE_MS = 900_000;
export const SLICES_PER_DAY = 96;
/** Events are revised an hour after they came: at midnight that is the day before. */
const REVISED_AFTER = 4;
/** Of the first event of slice 0. */
const FIRST_ID = 1_000_000_000;

export interface DaysOptions {
  /** Of slice 0. */
  readonly startMs: number;
  readonly rowsPerSlice: number;
  /** Generated slices of which the rows are made, over and over with other ids and times. */
  readonly generated: number;
}

/**
 * Rows of `silver.events` as slice after slice brings them, for as many days as one likes. Of a slice
 * three quarters are new events, one quarter are second revisions of the first events of the slice
 * an hour before. What they are made of lies on the disk, so that no memory grows with it.
 */
export class DaysOfRows {
  readonly rowsPerSlice: number;
  private readonly startMs: number;
  private readonly folder: string;
  /** Files of half a slice each. */
  private readonly templates: number;

  private constructor(options: DaysOptions, folder: string, templates: number) {
    this.rowsPerSlice = options.rowsPerSlice;
    this.startMs = options.startMs;
    this.folder = folder;
    this.templates = templates;
  }

  static async open(options: DaysOptions): Promise<DaysOfRows> {
    const half = options.rowsPerSlice / 2;
    if (half % 2 !== 0)
      throw new Error(`${options.rowsPerSlice} rows a slice: not a multiple of 4`);
    const folder = await mkdtemp(join(tmpdir(), "days-of-rows-"));
    let templates = 0;
    for await (const batch of joinedEvents(options, folder)) {
      for (let from = 0; from + half <= batch.numRows; from += half) {
        const rows = takeRows(batch, range(from, half));
        await writeFile(join(folder, `${templates++}.arrow`), encodeArrow(rows));
      }
    }
    if (templates === 0) throw new Error(`no ${half} rows at a time in the slices`);
    return new DaysOfRows(options, folder, templates);
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** Of a slice: the id of its first event, of which `newEvents` follow one another. */
  idOf(slice: number): number {
    return FIRST_ID + slice * this.rowsPerSlice;
  }

  get newEvents(): number {
    return (this.rowsPerSlice / 4) * 3;
  }

  /** The rows of slice number `slice`. */
  async slice(slice: number): Promise<RecordBatch[]> {
    const half = this.rowsPerSlice / 2;
    const [first, second] = [await this.template(slice * 2), await this.template(slice * 2 + 1)];
    const newer = takeRows(second, range(0, half / 2));
    const fresh = [
      this.written(first, { slice, revised: slice, first: 0 }),
      this.written(newer, { slice, revised: slice, first: half }),
    ];
    const old = slice - REVISED_AFTER;
    if (old < 0) return fresh;
    const revised = takeRows(second, range(half / 2, half / 2));
    return [...fresh, this.written(revised, { slice: old, revised: slice, first: 0 })];
  }

  private async template(number: number): Promise<RecordBatch> {
    const path = join(this.folder, `${number % this.templates}.arrow`);
    return decodeArrow(new Uint8Array(await readFile(path)))[0]!;
  }

  private written(
    batch: RecordBatch,
    { slice, revised, first }: { slice: number; revised: number; first: number },
  ): RecordBatch {
    const length = batch.numRows;
    const time = (of: number) => BigInt(this.startMs + of * SLICE_MS) * 1000n;
    const id = BigInt(this.idOf(slice) + first);
    const values: Readonly<Record<string, (i: number) => bigint>> = {
      global_event_id: (i) => id + BigInt(i),
      date_added: () => time(slice),
      slice: () => time(slice),
      revised_slice: () => time(revised),
    };
    const columns = batch.schema.fields.map(({ name, type }, i): Data => {
      const value = values[name];
      if (value !== undefined) {
        const data = BigInt64Array.from({ length }, (_, row) => value(row));
        return makeData({ type, length, nullCount: 0, data } as never);
      }
      if (name !== "revision" || !DataType.isInt(type)) return batch.data.children[i]!;
      const data = new Int32Array(length).fill(slice === revised ? 1 : 2);
      return makeData({ type, length, nullCount: 0, data });
    });
    return withColumns(batch.schema, length, columns);
  }
}

const range = (from: number, length: number) => Int32Array.from({ length }, (_, i) => from + i);

/** What a replay of the slices leaves in `silver/events`. */
async function* joinedEvents(
  { startMs, rowsPerSlice, generated }: DaysOptions,
  folder: string,
): AsyncGenerator<RecordBatch> {
  const [slices, out] = [join(folder, "slices"), join(folder, "out")];
  // Little of GKG gets into Silver, and most of the time goes into GCAM, of which nothing does.
  const eventsPerSlice = rowsPerSlice;
  const stream = new SliceStream({ seed: 1, startMs, eventsPerSlice, gcamEntries: 5 });
  await writeSlices(slices, stream.slices(generated), { zipped: false });
  const clock = { nowMs: () => Date.now() };
  const stop = new AbortController().signal;
  await replay({ ...REPLAY_DEFAULTS, slices, out }, clock, () => {}, stop);
  const store = new FolderObjectStore(out);
  const log = new DeltaLog(store, "silver/events");
  for (const path of (await log.load())!.files.keys()) {
    yield* readParquet((await store.get(log.path(decodeURIComponent(path))))!);
  }
  for (const done of [slices, out]) await rm(done, { recursive: true });
}
