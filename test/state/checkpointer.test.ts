import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetriableError } from "../../src/record/errors.ts";
import { Checkpointer } from "../../src/state/checkpointer.ts";
import { KeyValueStore } from "../../src/state/key-value-store.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
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

const FOLDER = "app/1/0_0";

/** Counts puts, and fails the one that is asked for. */
class FlakyStore extends MemoryObjectStore {
  failAtPut = 0;

  constructor() {
    super({ nowMs: () => 0 });
  }

  override async put(path: string, bytes: Uint8Array): Promise<void> {
    if (--this.failAtPut === 0) throw new RetriableError("the object store is away");
    await super.put(path, bytes);
  }

  async paths(): Promise<string[]> {
    return (await this.list("")).map(({ path }) => path);
  }
}

type Meta = { readonly note: number };

/** A task's stores with their checkpoints, and the naive state that they should hold. */
class Task {
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
    this.rows = new WindowStore(
      { kind: "window", name: "rows", segmentMs: SEGMENT_MS, residentBytesMax: 1 << 30 },
      noSpill,
    );
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

test("after any commits, aborts and failures, a restore gives the last committed state", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const task = new Task();
      for (const action of script) {
        await step(task, action);
        task.check();
      }
      await task.restart();
      task.check();
    }),
    propertyRuns(60),
  );
});

test("a cut that is aborted and repeated byte for byte survives the clean-up of the first", async () => {
  const task = new Task();
  await task.commit();
  for (const isLast of [false, true]) {
    task.put("a", 1, 10);
    const id = await task.cut(5);
    if (!isLast) task.undo();
    else {
      task.committedId = id;
      await task.checkpointer.committed();
    }
  }
  const restored = new Task(task.objects);
  restored.tableModel = new Map([["a", 1]]);
  const meta = await restored.checkpointer.restore(task.committedId!, [
    restored.rows,
    restored.table,
  ]);
  assert.deepEqual(meta, { note: 5 });
  restored.check();
});

test("what neither the last checkpoint nor the one before lists is deleted as it goes on", async () => {
  const task = new Task();
  let most = 0;
  for (let i = 0; i < 200; i++) {
    task.put("a", i & 255, 10);
    if (i % 5 === 0) {
      await task.cut();
      task.undo();
      task.put("a", i & 255, 11);
    }
    await task.commit();
    most = Math.max(most, (await task.objects.paths()).length);
  }
  // 7 blocks of each of 3 tiers, what the last merges replaced, and two manifests.
  assert.ok(most <= 3 * 7 + 3 * 9 + 4, `${most} objects`);
});

test("a restore leaves only what its manifest lists, and cannot be repeated from an older id", async () => {
  const task = new Task();
  for (let i = 0; i < 30; i++) {
    task.put(`key-${i}`, i, 100);
    await task.commit();
  }
  const id = task.committedId!;
  task.put("key-x", 1, 100);
  await task.cut();
  await task.restart();
  task.check();
  const paths = await task.objects.paths();
  assert.deepEqual(
    paths.filter((path) => path.includes("/manifests/")),
    [`${FOLDER}/manifests/${id}.json`],
  );
  // 30 commits: three merged blocks of eight, six single ones.
  assert.equal(paths.filter((path) => path.includes("/blocks/")).length, 3 + 6);
});

test("blocks are merged: a checkpoint of n commits has O(log n) of them, and no dead bytes", async () => {
  const task = new Task();
  for (let i = 0; i < 512; i++) {
    const timeMs = i * SEGMENT_MS;
    appendBoth(task.rows, task.rowsModel, {
      kind: "append",
      timeMs,
      high: 0,
      low: 1,
      tag: 0,
      size: 1000,
      fill: 1,
    });
    task.rows.drop(i - 3);
    task.rowsModel.drop(i - 3);
    await task.commit();
  }
  await task.restart();
  task.check();
  const blocks = await task.objects.list(`${FOLDER}/blocks/`);
  assert.ok(blocks.length <= 3 * 7 + 1, `${blocks.length} blocks`);
  const bytes = blocks.reduce((sum, { size }) => sum + size, 0);
  assert.ok(bytes < 20_000, `${bytes} bytes for three live segments of 1 kB`);
});

test("segments whose chunks are filled to the last byte can be merged and restored", async () => {
  const task = new Task();
  for (let i = 0; i < 8; i++) {
    for (let n = 0; n < 300; n++) {
      // 64 bytes with the header: 1024 of them fill a chunk.
      appendBoth(task.rows, task.rowsModel, {
        kind: "append",
        timeMs: 0,
        high: 0,
        low: n,
        tag: 1,
        size: 48,
        fill: i,
      });
    }
    await task.commit();
  }
  await task.restart();
  task.check();
});

/** A task with a window segment and a table in one checkpoint of two blocks. */
async function committedTask(): Promise<Task> {
  const task = new Task();
  task.put("a", 1, 100);
  await task.commit();
  task.put("b", 2, 100);
  await task.commit();
  return task;
}

test("a flipped byte anywhere in a block or a manifest is a TaskCorruptedError", async () => {
  const task = await committedTask();
  await task.restart();
  for (const { path, size } of await task.objects.list("")) {
    const bytes = (await task.objects.get(path))!;
    for (let at = 0; at < size; at++) {
      const flipped = new Uint8Array(bytes);
      flipped[at]! ^= 0x10;
      await task.objects.put(path, flipped);
      await assert.rejects(task.restart(), (error: Error) => {
        assert.equal(error.name, "TaskCorruptedError");
        assert.ok(error.message.includes(path), error.message);
        return true;
      });
    }
    await task.objects.put(path, bytes);
  }
  await task.restart();
  task.check();
});

test("a missing or shortened block is a TaskCorruptedError that names it", async () => {
  for (const damage of ["missing", "short"]) {
    const task = await committedTask();
    const { path } = (await task.objects.list(`${FOLDER}/blocks/`))[0]!;
    if (damage === "missing") await task.objects.delete(path);
    else await task.objects.put(path, (await task.objects.get(path))!.subarray(0, 10));
    await assert.rejects(task.restart(), (error: Error) => {
      assert.equal(error.name, "TaskCorruptedError");
      assert.ok(error.message.includes(path));
      assert.match(error.message, damage === "missing" ? /is missing/ : /has 10 bytes, expected/);
      return true;
    });
  }
});

test("a missing manifest is a TaskCorruptedError that says what to do", async () => {
  const task = await committedTask();
  await task.objects.delete(`${FOLDER}/manifests/${task.committedId}.json`);
  await assert.rejects(task.restart(), {
    name: "TaskCorruptedError",
    message: /point the application at the checkpoint store it ran with, or reset it/,
  });
});

test("a manifest of another task is a TaskCorruptedError", async () => {
  const task = await committedTask();
  const other = new Checkpointer<Meta>(task.objects, FOLDER, "0_1");
  await assert.rejects(other.restore(task.committedId!, []), /damaged or of another task/);
});

test("exists tells whether the task has ever stored a checkpoint", async () => {
  const task = new Task();
  assert.equal(await task.checkpointer.exists(), false);
  await task.commit();
  assert.equal(await task.checkpointer.exists(), true);
});

test("a block that is too large to be merged leaves the checkpoint when all it holds expires", async () => {
  const task = new Task();
  const bytes = new Uint8Array(60_000);
  for (let i = 0; i < 24; i++) {
    const segment = task.rows.openSegment(i * SEGMENT_MS);
    for (let n = 0; n < 150; n++) segment.append(0, n, 0, bytes, 0, bytes.length);
    task.rows.drop(i - 2);
    await task.commit();
  }
  const blocks = await task.objects.list(`${FOLDER}/blocks/`);
  assert.ok(blocks.length <= 4, `${blocks.length} blocks of 9 MB for two live segments`);
});
