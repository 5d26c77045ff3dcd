import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type InspectedTasks,
  inspectCheckpoints,
  type TaskReport,
} from "../../src/state/inspect-checkpoints.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { FlakyStore, FOLDER, type Meta, Task } from "./checkpointer-suite.ts";

async function inspect(
  objects: MemoryObjectStore,
  which: InspectedTasks = {},
  verify = false,
): Promise<TaskReport<Meta>[]> {
  const reports: TaskReport<Meta>[] = [];
  for await (const report of inspectCheckpoints<Meta>(objects, which, verify)) reports.push(report);
  return reports;
}

async function worked(commits: number): Promise<{ task: Task; objects: MemoryObjectStore }> {
  const objects = new MemoryObjectStore({ nowMs: () => 1234 });
  const task = new Task(new FlakyStore(objects));
  for (let i = 0; i < commits; i++) {
    task.put(`key-${i}`, i & 255, 1000);
    await task.commit();
  }
  return { task, objects };
}

test("a report says what the newest manifest lists, and what none does", async () => {
  const { task, objects } = await worked(19);
  const paths = await objects.list(`${FOLDER}/blocks/`);
  const [report, ...others] = await inspect(objects);
  assert.deepEqual(others, []);
  const { newest, tiers, ...rest } = report!;
  assert.deepEqual(rest, {
    application: "app",
    generation: 1,
    task: "0_0",
    manifests: 2,
    unlisted: { objects: 0, bytes: 0 },
    problems: [],
  });
  assert.deepEqual(
    tiers.map((tier) => tier.objects),
    [3, 2],
  );
  const bytes = tiers.reduce((sum, tier) => sum + tier.bytes, 0);
  assert.equal(
    bytes,
    paths.reduce((sum, { size }) => sum + size, 0),
  );
  const stores = [task.rows, task.table].map((store) => ({
    name: store.name,
    segments: store.live().length,
    bytes: store.live().reduce((sum, { length }) => sum + length, 0),
  }));
  assert.deepEqual(newest, {
    id: task.committedId,
    sequence: 19,
    modifiedMs: 1234,
    stores,
    meta: { note: 19 },
  });
});

test("what stopped before its manifest is listed by none", async () => {
  const { task, objects } = await worked(1);
  task.put("a", 1, 500);
  task.objects.failAtPut = 2;
  await assert.rejects(task.cut());
  const [report] = await inspect(objects);
  assert.equal(report!.unlisted.objects, 1);
  assert.ok(report!.unlisted.bytes > 500);
});

test("a missing or shortened block is found at once, a damaged one when all are read", async () => {
  const { objects } = await worked(3);
  const [first, second, third] = await objects.list(`${FOLDER}/blocks/`);
  const cut = (await objects.get(second!.path))!.subarray(0, 5);
  const damaged = (await objects.get(third!.path))!;
  damaged[20]! ^= 1;
  await objects.delete(first!.path);
  await objects.put(second!.path, cut);
  await objects.put(third!.path, damaged);
  const problems = async (verify: boolean) => (await inspect(objects, {}, verify))[0]!.problems;
  const quick = await problems(false);
  assert.equal(quick.length, 2);
  assert.match(quick[0]!, /blocks\/1-\S+ is missing$/);
  assert.match(quick[1]!, /blocks\/2-\S+ has 5 bytes, expected \d+$/);
  const whole = await problems(true);
  assert.equal(whole.length, 3);
  assert.match(whole[2]!, /blocks\/3-\S+ \(\d+ bytes\) fails its CRC/);
});

test("a manifest that cannot be read is a problem, and the one before is told", async () => {
  const { task, objects } = await worked(2);
  const path = `${FOLDER}/manifests/${task.committedId}.json`;
  await objects.put(path, Buffer.from("{}"));
  const [report] = await inspect(objects);
  assert.equal(report!.newest?.sequence, 1);
  assert.match(report!.problems[0]!, /is damaged or of another task/);
});

test("tasks come in the order of their numbers, those that are asked for only", async () => {
  const { objects } = await worked(1);
  const whole = await objects.list("");
  for (const folder of ["app/1/0_10", "app/1/0_2", "app/2/0_0", "other/1/0_0"]) {
    for (const { path } of whole) {
      const bytes = (await objects.get(path))!;
      await objects.put(path.replace(FOLDER, folder), bytes);
    }
  }
  await objects.put("notes.txt", Buffer.from("of somebody else"));
  const names = async (which: InspectedTasks) =>
    (await inspect(objects, which)).map(
      ({ application, generation, task }: TaskReport<Meta>) =>
        `${application}/${generation}/${task}`,
    );
  assert.deepEqual(await names({}), [
    "app/1/0_0",
    "app/1/0_2",
    "app/1/0_10",
    "app/2/0_0",
    "other/1/0_0",
  ]);
  assert.deepEqual(await names({ application: "app", generation: 2 }), ["app/2/0_0"]);
  assert.deepEqual(await names({ application: "other" }), ["other/1/0_0"]);
  assert.deepEqual(await names({ task: "0_0", generation: 1 }), ["app/1/0_0", "other/1/0_0"]);
});
