import type { RecordBatch } from "apache-arrow";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import type { Clock } from "../../src/record/clock.ts";
import type { RecordSink } from "../../src/runtime/ports.ts";
import { DeltaSink } from "../../src/sinks/delta/delta-sink.ts";
import { DeltaTable } from "../../src/sinks/delta/delta-table.ts";
import { readParquet } from "../../src/sinks/delta/parquet-reader.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import type { Intercept } from "../../src/testing/intercepted-log.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";

/** Tables that outlive the processes which feed them. */
export interface Tables {
  /** Whether there are tables of the feeds as published too. */
  readonly bronze: boolean;
  /** Opens them for one process. */
  open(
    objects: ObjectStore,
    intercept: Intercept,
    clock: Clock,
  ): Promise<(node: string, topic: string, partition: number) => RecordSink>;
  /** What the table of a node holds, in the order in which it was committed. */
  batches(node: string, objects: ObjectStore): Promise<readonly RecordBatch[]>;
}

/** Tables that keep the records as they are. */
export function memoryTables(): Tables {
  const tables = new MemoryTables();
  return {
    bronze: false,
    open: async (_, intercept) => (node, topic, partition) =>
      tables.sink(node, topic, partition, intercept),
    batches: async (node) => tables.records(node).flatMap(({ value }) => decodeArrow(value)),
  };
}

const describedBy = (node: string) => LAKE_TABLES.find((table) => table.node === node)!;

/** The tables of the lake, as Delta. */
export function deltaTables(): Tables {
  let names = 0;
  const openTable = (store: ObjectStore, node: string, clock: Clock) => {
    const { folder, schema } = describedBy(node);
    const uniqueName = () => `name-${names++}`;
    const commitsPerCheckpoint = 4;
    const options = {
      store,
      root: folder,
      name: node,
      schema,
      datedBy: "slice",
      clock,
      uniqueName,
    };
    return DeltaTable.open({ ...options, commitsPerCheckpoint });
  };
  return {
    bronze: true,
    open: async (objects, _, clock) => {
      const tables = new Map<string, DeltaTable>();
      for (const { node } of LAKE_TABLES) tables.set(node, await openTable(objects, node, clock));
      return (node, topic, partition) => {
        const { decode } = describedBy(node);
        return new DeltaSink({
          table: tables.get(node)!,
          source: { topic, partition },
          application: "simulated",
          generation: 1,
          name: node,
          decode,
          clock,
        });
      };
    },
    batches: async (node, objects) => {
      const table = await openTable(objects, node, { nowMs: () => 0 });
      const files = [...table.snapshot.files.values()];
      const read = files.map(async (file) => [...readParquet(await table.readFile(file))]);
      return (await Promise.all(read)).flat();
    },
  };
}
