import {
  Bool,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { DeltaTable, type DeltaTableOptions } from "../../../src/sinks/delta/delta-table.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";

const timestamp = new TimestampMicrosecond("UTC");

/** A small table with one column of each kind that the Silver tables have. */
export const schema = new Schema([
  new Field("id", new Int64(), false),
  new Field("name", new Utf8(), true),
  new Field("tone", new Float64(), true),
  new Field("day", new DateDay(), true),
  new Field("root", new Bool(), true),
  new Field("themes", new List(new Field("element", new Utf8(), false)), false),
  new Field("generation", new Int32(), false),
  new Field("revision", new Int32(), false),
  new Field("slice", timestamp, true),
  new Field("silver_committed_at", timestamp, true),
]);

export interface Row {
  readonly id: number;
  readonly name?: string | null;
  readonly tone?: number | null;
  readonly day?: string | null;
  readonly root?: boolean | null;
  readonly themes?: readonly string[];
  readonly generation?: number;
  readonly revision?: number;
  /** ISO 8601. */
  readonly slice?: string | null;
}

const orNull = <T, U>(value: T | null | undefined, map: (value: T) => U): U | null =>
  value === null || value === undefined ? null : map(value);

/** The rows as a batch of the first `columns` columns of `schema`. */
export function batchOf(rows: readonly Row[], columns = schema.fields.length): RecordBatch {
  const values: unknown[][] = [
    rows.map(({ id }) => BigInt(id)),
    rows.map(({ name }) => name ?? null),
    rows.map(({ tone }) => tone ?? null),
    rows.map(({ day }) => orNull(day, (text) => new Date(text))),
    rows.map(({ root }) => root ?? null),
    rows.map(({ themes }) => themes ?? []),
    rows.map(({ generation }) => generation ?? 1),
    rows.map(({ revision }) => revision ?? 1),
    rows.map(({ slice }) => (slice === null ? null : Date.parse(slice ?? "2024-01-01T00:00:00Z"))),
    rows.map(() => null),
  ];
  const fields = schema.fields.slice(0, columns);
  const children = fields.map(({ type }, i) => vectorFromArray(values[i] as never, type).data[0]!);
  return new RecordBatch(
    new Schema(fields),
    makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children }),
  );
}

export const ipcOf = (...batches: RecordBatch[]): Uint8Array =>
  new RecordBatchStreamWriter().writeAll(batches).toUint8Array(true);

/** Deterministic names and a clock which moves on a millisecond a look. */
export function surroundings(prefix = "n") {
  let names = 0;
  let nowMs = Date.UTC(2024, 0, 2);
  return { uniqueName: () => `${prefix}-${names++}`, clock: { nowMs: () => nowMs++ } };
}

export interface Opened {
  readonly store: ObjectStore;
  readonly options: DeltaTableOptions;
  readonly table: DeltaTable;
}

export async function openTable(overrides: Partial<DeltaTableOptions> = {}): Promise<Opened> {
  const { clock, uniqueName } = surroundings();
  const options: DeltaTableOptions = {
    store: new MemoryObjectStore(clock),
    root: "lake/silver/events",
    name: "silver.events",
    schema,
    datedBy: "slice",
    clock,
    uniqueName,
    ...overrides,
  };
  return { store: options.store, options, table: await DeltaTable.open(options) };
}

export const jsonLines = (bytes: Uint8Array | null): Record<string, never>[] =>
  Buffer.from(bytes ?? [])
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** Checks a property with the seed and runs of the environment; a failure prints its seed. */
export function propertyRuns(property: fc.IRawProperty<unknown, false>, runs: number): void {
  fc.assert(property, parametersOf(runs));
}

export async function asyncPropertyRuns(
  property: fc.IAsyncProperty<unknown>,
  runs: number,
): Promise<void> {
  await fc.assert(property, parametersOf(runs));
}

function parametersOf(runs: number): fc.Parameters<unknown> {
  const seed = process.env["STREAMS_SEED"];
  const numRuns = Number(process.env["STREAMS_RUNS"] ?? runs);
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) };
}
