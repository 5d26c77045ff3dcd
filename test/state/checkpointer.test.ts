import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Checkpointer } from "../../src/state/checkpointer.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { checkpointerSuite, FlakyStore, FOLDER, type Meta, Task } from "./checkpointer-suite.ts";
import { appendBoth, SEGMENT_MS } from "./window-model.ts";

checkpointerSuite("memory", () => new MemoryObjectStore({ nowMs: () => 0 }), 60);

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

test("a restore deletes what earlier owners left, but nothing that a later one may have written", async () => {
  const task = new Task();
  for (let i = 0; i < 30; i++) {
    task.put(`key-${i}`, i, 100);
    await task.commit();
  }
  const id = task.committedId!;
  task.put("key-x", 1, 100);
  const later = await task.cut();
  await task.restart();
  task.check();
  const paths = await task.objects.paths();
  assert.deepEqual(
    paths.filter((path) => path.includes("/manifests/")),
    [id, later].map((each) => `${FOLDER}/manifests/${each}.json`),
  );
  // 30 commits: three merged blocks of eight, six single ones; and the one of the cut.
  assert.equal(paths.filter((path) => path.includes("/blocks/")).length, 3 + 6 + 1);
});

test("what was cut and never committed goes once the commits are past it, without a restart", async () => {
  const task = new Task();
  task.put("a", 1, 100);
  await task.commit();
  const before = new Set(await task.objects.paths());
  task.put("a", 2, 200);
  await task.cut();
  const orphans = (await task.objects.paths()).filter((path) => !before.has(path));
  assert.equal(orphans.length, 2);
  await task.restart();
  for (const left of [2, 2, 0]) {
    assert.equal(
      (await task.objects.paths()).filter((path) => orphans.includes(path)).length,
      left,
    );
    task.put("b", 3, 300);
    await task.commit();
  }
  await task.restart();
  task.check();
});

test("a former owner that wakes up in the middle of its restore deletes nothing of its successor", async () => {
  const anywhere = fc.record({
    before: fc.integer({ min: 1, max: 20 }),
    meanwhile: fc.integer({ min: 1, max: 40 }),
    // 1 is the manifest; the list and the first deletions come after the blocks.
    pauseAt: fc.integer({ min: 1, max: 25 }),
  });
  let woken = 0;
  await fc.assert(
    fc.asyncProperty(anywhere, async ({ before, meanwhile, pauseAt }) => {
      const store = new MemoryObjectStore({ nowMs: () => 0 });
      const task = new Task(new FlakyStore(store));
      const work = async (commits: number) => {
        for (let i = 0; i < commits; i++) {
          task.put(`key-${i % 5}`, i & 255, 100 + i);
          await task.commit();
        }
      };
      await work(before);
      task.put("orphan", 1, 50);
      await task.cut();
      const committed = task.committedId!;
      const pause = Promise.withResolvers<void>();
      let calls = 0;
      const paused = new InterceptedObjectStore(store, async (_call, next) => {
        calls++;
        if (calls < pauseAt) return await next();
        // The answer is known, but nothing has been made of it.
        const answer = await next();
        await pause.promise;
        return answer;
      });
      const former = new Checkpointer<Meta>(paused, FOLDER, "0_0");
      const stores = new Task(new FlakyStore(store));
      const restored = former
        .restore(committed, [stores.rows, stores.table])
        .catch((error: Error) => assert.equal(error.name, "TaskCorruptedError"));
      while (calls < pauseAt && !(await isSettled(restored)));
      await task.restart();
      await work(meanwhile);
      if (!(await isSettled(restored))) woken++;
      pause.resolve();
      await restored;
      await task.restart();
      task.check();
    }),
    propertyRuns(100),
  );
  assert.ok(woken > 0, "it was never in the middle of anything");
});

/** Whether it is through; other work goes on meanwhile. */
async function isSettled(work: Promise<unknown>): Promise<boolean> {
  const later = new Promise<"later">((resolve) => setImmediate(() => resolve("later")));
  return (await Promise.race([work.then(() => "settled"), later])) === "settled";
}

test("a former owner that cuts and fails deletes nothing of its successor", async () => {
  const task = new Task();
  task.put("a", 1, 100);
  await task.commit();
  const former = new Task(task.objects);
  await former.checkpointer.restore(task.committedId!, [former.rows, former.table]);
  // It does the same work, so its objects have the same paths.
  for (const each of [task, former]) each.put("b", 2, 100);
  await task.commit();
  await former.cut(2);
  former.undo();
  former.put("c", 3, 100);
  await former.cut();
  former.undo();
  await task.restart();
  task.check();
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
