import type { RecordBatch } from "apache-arrow";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import type { Clock } from "../../src/record/clock.ts";
import { RetriableError } from "../../src/record/errors.ts";
import type { RecordSink } from "../../src/runtime/ports.ts";
import { DeltaSink } from "../../src/sinks/delta/delta-sink.ts";
import { DeltaTable } from "../../src/sinks/delta/delta-table.ts";
import { readParquet } from "../../src/sinks/delta/parquet-reader.ts";
import { keepTable } from "../../src/sinks/delta/upkeep.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import type { Intercept } from "../../src/testing/intercepted-log.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { Crashed } from "./faults.ts";

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

/** Looked after as often as it can be. */
const EAGER = {
  fileBytesMin: 1 << 20,
  fileBytesMax: 2 << 20,
  smallFilesMax: 1,
  quietMs: 0,
  retention: { removedFilesMs: null, logMs: null },
};

/**
 * The tables of the lake, as Delta. `kept`: whoever writes them looks after them too, by another
 * object and beside what it writes, and dies of that or in the midst of it.
 */
export function deltaTables({ kept = false } = {}): Tables {
  let names = 0;
  const turns = new Map<string, Promise<void>>();
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
      const keep = async (node: string) => {
        const { newest } = describedBy(node);
        await keepTable(await openTable(objects, node, clock), { ...EAGER, newest });
      };
      return (node, topic, partition) => {
        const { decode } = describedBy(node);
        const sink = new DeltaSink({
          table: tables.get(node)!,
          source: { topic, partition },
          application: "simulated",
          generation: 1,
          name: node,
          decode,
          clock,
        });
        if (!kept) return sink;
        return keptSink(sink, () => {
          // One after another: a turn per commit would never end.
          const turn = (turns.get(node) ?? Promise.resolve()).then(() => keep(node));
          turns.set(node, turn.catch(mustBeOfTheWorld));
        });
      };
    },
    batches: async (node, objects) => {
      await turns.get(node);
      const table = await openTable(objects, node, { nowMs: () => 0 });
      const files = [...table.snapshot.files.values()];
      const read = files.map(async (file) => [...readParquet(await table.readFile(file))]);
      return (await Promise.all(read)).flat();
    },
  };
}

/** A sink after each of whose commits somebody looks after its table. */
const keptSink = (sink: RecordSink, keep: () => void): RecordSink => ({
  open: () => sink.open(),
  write: (batch) => sink.write(batch),
  get bufferedBytes() {
    return sink.bufferedBytes;
  },
  commit: async () => {
    await sink.commit();
    keep();
  },
});

function mustBeOfTheWorld(error: unknown): void {
  if (!(error instanceof RetriableError || error instanceof Crashed)) throw error;
}
