import { RetriableError, TaskMigratedError } from "../../src/record/errors.ts";
import { DeltaSink } from "../../src/sinks/delta/delta-sink.ts";
import { DeltaTable, type DeltaTableOptions } from "../../src/sinks/delta/delta-table.ts";
import { arrowValues } from "../../src/sinks/row-decoder.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import type { OwnBucket } from "../services/own-bucket.ts";
import { batchOf, ipcOf, schema } from "../sinks/delta/delta-fixture.ts";
import { recordsOf } from "../sinks/delta/sink-source.ts";
import { storeOf } from "./store-of.ts";

/** What one writer does: the records of a partition up to `records`, a commit for every few. */
export interface WriterTask {
  readonly bucket: OwnBucket;
  readonly prefix: string;
  readonly root: string;
  readonly partition: number;
  readonly records: number;
  readonly perCommit: number;
}

export const tableOptions = (bucket: OwnBucket, prefix: string, root: string) =>
  ({
    store: storeOf(bucket, prefix),
    root,
    name: "silver.events",
    schema,
    datedBy: "slice",
    clock: { nowMs: () => Date.now() },
    uniqueName: () => crypto.randomUUID(),
    commitsPerCheckpoint: 5,
  }) satisfies DeltaTableOptions;

/** Two rows of two dates, which no other record has. */
export const idsOf = (partition: number, offset: number): [number, number] => {
  const id = (partition * 1_000_000 + offset) * 2;
  return [id, id + 1];
};

export const everyId = (partitions: number, records: number): number[] =>
  Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: records }, (_, offset) => idsOf(partition, offset)),
  ).flat(2);

/** What the table says when all is written: each record has two rows. */
export const positionsAt = (partitions: number, records: number): Record<string, number> =>
  Object.fromEntries(
    Array.from({ length: partitions }, (_, partition) => {
      const position = `app/1/lake/silver.events-${partition}`;
      return [
        [position, records],
        [`${position}/rows`, 2 * records],
      ];
    }).flat(),
  );

function recordOf(partition: number, offset: number): Uint8Array {
  const [first, second] = idsOf(partition, offset);
  return ipcOf(batchOf([{ id: first }, { id: second, slice: "2024-01-02T00:00:00Z" }]));
}

/** Writes to the end, from where the table says, and opens it anew after whatever may pass. */
export async function writeAll(
  { bucket, prefix, root, partition, records, perCommit }: WriterTask,
  store: ObjectStore = storeOf(bucket, prefix),
): Promise<void> {
  for (let attempts = 0; attempts < 50; attempts++) {
    try {
      const table = await DeltaTable.open({ ...tableOptions(bucket, prefix, root), store });
      const sink = new DeltaSink({
        table,
        source: { topic: "silver.events", partition },
        application: "app",
        generation: 1,
        name: "lake",
        decode: arrowValues(schema),
        clock: table.clock,
      });
      let offset = (await sink.open()) ?? 0;
      while (offset < records) {
        const next = Math.min(records, offset + perCommit);
        const values = Array.from({ length: next - offset }, (_, n) =>
          recordOf(partition, offset + n),
        );
        sink.write({ ...recordsOf(offset, values), partition });
        offset = next;
        await sink.commit();
      }
      return;
    } catch (error) {
      const passes = error instanceof RetriableError || error instanceof TaskMigratedError;
      if (!passes) throw error;
    }
  }
  throw new Error(`partition ${partition}: opened again and again`);
}

if (process.argv[1] === import.meta.filename) await writeAll(JSON.parse(process.argv[2]!));
