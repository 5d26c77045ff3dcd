import type { RecordBatch as Records } from "../../../src/record/record-batch.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import type { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";

/** A sink into the table, from one partition. */
export const sinkOn = (table: DeltaTable, partition = 0) =>
  new DeltaSink({
    table,
    source: { topic: "silver.events", partition },
    application: "app",
    generation: 1,
    name: "lake",
    decode: arrowValues(table.schema),
    clock: table.clock,
  });

/** Records of one partition with these values, from `firstOffset` on. */
export function recordsOf(
  firstOffset: number,
  values: readonly Uint8Array[],
  nextOffset = firstOffset + values.length,
): Records {
  // An odd byte in front: nothing says that a value begins where a 64-bit number may.
  const bytes = Buffer.concat([Uint8Array.of(0), ...values]);
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let at = 1;
  for (const [i, value] of values.entries()) {
    starts[i] = at;
    at += value.byteLength;
    ends[i] = at;
  }
  return {
    topic: "silver.events",
    partition: 3,
    bytes,
    starts,
    ends,
    length: values.length,
    keys: null,
    timestampsMs: new Float64Array(values.length),
    ordinals: null,
    headers: {},
    control: null,
    firstOffset,
    nextOffset,
  };
}

export interface TableContents {
  readonly version: number;
  readonly ids: readonly number[];
  readonly positions: Readonly<Record<string, number>>;
}

/** The ids in the live files of a table, sorted, and what its transactions say. */
export async function contentsOf(store: ObjectStore, root: string): Promise<TableContents> {
  const snapshot = await new DeltaLog(store, root).load();
  const ids: number[] = [];
  for (const { path } of snapshot!.files.values()) {
    for (const batch of readParquet((await store.get(`${root}/${path}`))!)) {
      for (const id of batch.getChild("id")!) ids.push(Number(id));
    }
  }
  const transactions = [...snapshot!.transactions.values()];
  return {
    version: snapshot!.version,
    ids: ids.sort((a, b) => a - b),
    positions: Object.fromEntries(transactions.map(({ appId, version }) => [appId, version])),
  };
}
