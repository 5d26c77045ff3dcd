import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetriableError } from "../../src/record/errors.ts";
import { Checkpointer } from "../../src/state/checkpointer.ts";
import { KeyValueStore } from "../../src/state/key-value-store.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { ObjectInfo, ObjectStore } from "../../src/state/object-store.ts";
import { noSpill } from "../../src/state/spill.ts";
import { WindowStore } from "../../src/state/window-store.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import {
  type AppendStep,
  appendBoth,
  appendStep,
  SEGMENT_MS,
  WindowModel,
} from "./window-model.ts";

export const FOLDER = "app/1/0_0";

/** Fails the put that is asked for. */
export class FlakyStore implements ObjectStore {
  failAtPut = 0;
  private readonly store: ObjectStore;

  constructor(store: ObjectStore = new MemoryObjectStore({ nowMs: () => 0 })) {
    this.store = store;
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    if (--this.failAtPut === 0) throw new RetriableError("the object store is away");
    await this.store.put(path, bytes);
  }

  get(path: string): Promise<Uint8Array | null> {
    return this.store.get(path);
  }

  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.store.putIfAbsent(path, bytes);
  }

  list(prefix: string): Promise<ObjectInfo[]> {
    return this.store.list(prefix);
  }

  delete(path: string): Promise<void> {
    return this.store.delete(path);
  }

  async paths(): Promise<string[]> {
    return (await this.list("")).map(({ path }) => path);
  }
}

export type Meta = { readonly note: number };

/** A task's stores with their checkpoints, and the naive state that they should hold. */
export class Task {
  readonly objects: FlakyStore;
  readonly rowsModel = new WindowModel();
  tableModel = new Map<string, number>();
  private savedTable = new Map<string, number>();
  rows!: WindowStore;
  table!: KeyValueStore;
  checkpointer!: Checkpointer<Meta>;
  /** The id that is committed with the offsets, and what it was cut with. */
  committedId: string | null = null;
  private note = 0;

  constructor(objects = new FlakyStore()) {
    this.objects = objects;
    this.open();
  }

  private open(): void {
    this.rows = new WindowStore({ kind: "window", name: "rows", segmentMs: SEGMENT_MS }, noSpill);
    this.table = new KeyValueStore({ kind: "key-value", name: "table" });
    this.checkpointer = new Checkpointer(this.objects, FOLDER, "0_0");
  }

  put(key: string, value: number, size: number): void {
    this.table.put(key, new Uint8Array(size).fill(value));
    this.tableModel.set(key, value);
  }

  remove(key: string): void {
    this.table.delete(key);
    this.tableModel.delete(key);
  }

  cut(note = this.note + 1): Promise<string> {
    this.note = note;
    return this.checkpointer.cut([this.rows, this.table], { note });
  }

  async commit(): Promise<void> {
    this.committedId = await this.cut();
    this.rows.committed();
    this.table.committed();
    this.rowsModel.commit();
    this.savedTable = new Map(this.tableModel);
    await this.checkpointer.committed();
  }

  undo(): void {
    this.checkpointer.aborted();
    this.rows.rollback();
    this.table.rollback();
    this.rowsModel.rollback();
    this.tableModel = new Map(this.savedTable);
  }

  async restart(): Promise<void> {
    this.open();
    this.rowsModel.rollback();
    this.tableModel = new Map(this.savedTable);
    if (this.committedId === null) return;
    await this.checkpointer.restore(this.committedId, [this.rows, this.table]);
  }

  check(): void {
    this.rowsModel.check(this.rows);
    const held = [...this.table.entriesOf()].map(([key, value]) => [key, value[0]] as const);
    assert.deepEqual(new Map(held), this.tableModel);
  }
}

type Step =
  | AppendStep
  | { kind: "put"; key: string; value: number; size: number }
  | { kind: "remove"; key: string }
  | { kind: "drop"; segment: number }
  | { kind: "fail"; atPut: number }
  | { kind: "commit" | "abort" | "again" | "restart" };

const key = fc.constantFrom("a", "b", "c", "d");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: appendStep },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("put" as const),
        key,
        value: fc.nat(255),
        size: fc.constantFrom(1, 25_000),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), key }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("drop" as const),
        segment: fc.integer({ min: -2, max: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("fail" as const),
        atPut: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constantFrom("commit", "commit", "commit", "abort", "again", "restart"),
      }),
    },
  ),
  { maxLength: 120, size: "max" },
);

async function step(task: Task, action: Step): Promise<void> {
  switch (action.kind) {
    case "append":
      return appendBoth(task.rows, task.rowsModel, action);
    case "put":
      return task.put(action.key, action.value, action.size);
    case "remove":
      return task.remove(action.key);
    case "drop":
      task.rows.drop(action.segment);
      return task.rowsModel.drop(action.segment);
    case "commit":
      return task.commit();
    case "abort":
      await task.cut();
      return task.undo();
    case "again": {
      // The same rows and the same cut once more, as after a transaction that was aborted.
      const redo = { kind: "put", key: "a", value: 7, size: 10 } as const;
      await step(task, redo);
      await task.cut(0);
      task.undo();
      await step(task, redo);
      await task.cut(0);
      task.undo();
      return;
    }
    case "fail":
      task.put("b", 1, 1);
      task.objects.failAtPut = action.atPut;
      try {
        await task.cut();
      } catch (error) {
        assert.ok(error instanceof RetriableError);
      }
      task.objects.failAtPut = 0;
      return task.undo();
    case "restart":
      return task.restart();
  }
}

/** Restores from a store what was committed to it, in any history. Each run gets an empty store. */
export function checkpointerSuite(name: string, open: () => ObjectStore, runs: number): void {
  test(`after any commits, aborts and failures, a restore from ${name} gives the last committed state`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const task = new Task(new FlakyStore(open()));
        for (const action of script) {
          await step(task, action);
          task.check();
        }
        await task.restart();
        task.check();
      }),
      propertyRuns(runs),
    );
  });
}
