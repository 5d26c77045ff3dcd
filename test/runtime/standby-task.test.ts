import assert from "node:assert/strict";
import { test } from "node:test";
import { RetriableError } from "../../src/record/errors.ts";
import { StandbyTask } from "../../src/runtime/standby-task.ts";
import { NO_CHECKPOINT } from "../../src/runtime/task-checkpoint.ts";
import type { PlannedTask } from "../../src/runtime/task-plan.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { CachedObjectStore } from "../../src/state/cached-object-store.ts";
import { localCheckpoints } from "../../src/state/local-checkpoints.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import { FlakyStore, Task } from "../state/checkpointer-suite.ts";

const INTERVAL_MS = 5000;
const TOPICS = ["left", "right"];

/** `0_0` of `app` at work in one process, and its standby in another. */
class Pair {
  readonly log = new MemoryLog();
  readonly objects = new MemoryObjectStore({ nowMs: () => this.nowMs });
  readonly owner = new Task(new FlakyStore(this.objects));
  nowMs = 0;
  /** Paths that the standby's process has fetched, and what it is to fail of, once. */
  fetched: string[] = [];
  failure: Error | null = null;
  onFetch: (path: string) => Promise<void> = async () => {};
  copies!: CachedObjectStore;
  standby!: StandbyTask;
  private offset = 0;

  static async open(): Promise<Pair> {
    const pair = new Pair();
    await pair.log.createTopics(TOPICS.map((name) => ({ name, partitions: 1, retention: 1e9 })));
    const remote: ObjectStore = {
      get: async (path) => {
        pair.fetched.push(path);
        await pair.onFetch(path);
        if (pair.failure !== null) throw pair.failure;
        return await pair.objects.get(path);
      },
      put: (path, bytes) => pair.objects.put(path, bytes),
      putIfAbsent: (path, bytes) => pair.objects.putIfAbsent(path, bytes),
      list: (prefix) => pair.objects.list(prefix),
      delete: (path) => pair.objects.delete(path),
    };
    pair.copies = await CachedObjectStore.open({
      remote,
      local: new MemoryObjectStore({ nowMs: () => pair.nowMs }),
      bytesMax: 1 << 24,
    });
    const config = {
      applicationId: "app",
      generation: 1,
      log: pair.log,
      clock: { nowMs: () => pair.nowMs },
    };
    const nodes = TOPICS.map((topic) => ({ kind: "source", topic }));
    const planned = { id: "0_0", partition: 0, subTopology: { nodes } } as unknown as PlannedTask;
    pair.standby = new StandbyTask(config, planned, {
      copies: pair.copies,
      intervalMs: INTERVAL_MS,
    });
    return pair;
  }

  async commitOffsets(metadata: string, topics = TOPICS): Promise<void> {
    const producer = await this.log.producer("app-1-0_0");
    const offset = ++this.offset;
    const offsets = topics.map((topic) => ({ topic, partition: 0, offset, metadata }));
    await producer.sendOffsets("app-1", offsets);
    await producer.commit();
  }

  async work(commits: number): Promise<void> {
    for (let i = 0; i < commits; i++) {
      this.owner.put(`key-${this.offset}`, i & 255, 1000);
      await this.owner.commit();
      await this.commitOffsets(this.owner.committedId!);
    }
  }

  async step(): Promise<boolean> {
    this.nowMs += INTERVAL_MS;
    return await this.standby.step();
  }

  async takeOver(): Promise<void> {
    const next = new Task(new FlakyStore(this.copies));
    await next.checkpointer.restore(this.owner.committedId!, [next.rows, next.table]);
    next.rowsModel.check(next.rows);
    const held = [...next.table.entriesOf()].map(([key, value]): [string, number] => [
      key,
      value[0]!,
    ]);
    assert.deepEqual(new Map(held), this.owner.tableModel);
  }

  /** What lies on the standby's disk. */
  local(): string[] {
    return [...this.copies.copies()].sort();
  }

  async store(): Promise<string[]> {
    return (await this.objects.list("")).map(({ path }) => path);
  }
}

test("a takeover fetches only what was committed since the standby's last look", async () => {
  const pair = await Pair.open();
  await pair.work(20);
  assert.equal(await pair.step(), true);
  const { sequence, ...rest } = pair.standby.progress;
  assert.deepEqual([sequence, rest], [20, { blocksBehind: 0, bytesBehind: 0, failure: null }]);
  const before = new Set(await pair.store());
  await pair.work(2);
  pair.fetched = [];
  await pair.takeOver();
  assert.equal(pair.fetched.length, 3, "two blocks and the manifest");
  assert.deepEqual(
    pair.fetched.filter((path) => before.has(path)),
    [],
  );
});

test("a standby that is up to date leaves nothing to fetch, and only what the manifest lists", async () => {
  const pair = await Pair.open();
  for (let i = 0; i < 40; i++) {
    await pair.work(1);
    await pair.step();
    assert.deepEqual(localCheckpoints(pair.copies.copies(), "app", 1), { "0_0": i + 1 });
  }
  pair.fetched = [];
  const local = pair.local();
  await pair.takeOver();
  assert.deepEqual(pair.fetched, []);
  assert.deepEqual(pair.local(), local);
  // 40 commits: five merged blocks of eight and the manifest.
  assert.equal(local.length, 5 + 1);
});

test("it looks when the interval is over, and not before; without a commit it fetches nothing", async () => {
  const pair = await Pair.open();
  await pair.work(1);
  assert.equal(await pair.standby.step(), true);
  pair.fetched = [];
  pair.nowMs += INTERVAL_MS - 1;
  assert.equal(await pair.standby.step(), false);
  pair.nowMs += 1;
  assert.equal(await pair.standby.step(), true);
  assert.deepEqual(pair.fetched, []);
});

test("what it reads may be deleted meanwhile: it goes on with the next checkpoint", async () => {
  for (const at of [0, 1, 2, 3]) {
    const pair = await Pair.open();
    await pair.work(7);
    let calls = 0;
    pair.onFetch = async () => {
      // The owner merges, and deletes all that is being fetched here.
      if (calls++ === at) await pair.work(20);
    };
    await pair.step();
    const { failure, sequence } = pair.standby.progress;
    assert.equal((failure as Error).name, "TaskCorruptedError");
    assert.equal(sequence, 0);
    assert.deepEqual(localCheckpoints(pair.copies.copies(), "app", 1), {});
    await pair.step();
    assert.deepEqual(pair.standby.progress, {
      sequence: 27,
      blocksBehind: 0,
      bytesBehind: 0,
      failure: null,
    });
    pair.fetched = [];
    await pair.takeOver();
    assert.deepEqual(pair.fetched, []);
  }
});

test("it tells how far behind it is while it fetches, and after a failure", async () => {
  const pair = await Pair.open();
  await pair.work(5);
  const behind: number[] = [];
  pair.onFetch = async () => {
    behind.push(pair.standby.progress.blocksBehind);
  };
  await pair.step();
  assert.equal(Math.max(...behind), 5);
  await pair.work(1);
  pair.onFetch = async (path) => {
    if (path.includes("/blocks/")) throw new RetriableError("the store is away");
  };
  await pair.step();
  const { failure, blocksBehind, bytesBehind, sequence } = pair.standby.progress;
  assert.match((failure as Error).message, /the store is away/);
  assert.deepEqual([sequence, blocksBehind], [5, 1]);
  assert.ok(bytesBehind > 1000, `${bytesBehind} bytes`);
});

test("a block that is damaged on the way is not kept", async () => {
  const pair = await Pair.open();
  await pair.work(1);
  const path = (await pair.store()).find((each) => each.includes("/blocks/"))!;
  const whole = (await pair.objects.get(path))!;
  const damaged = whole.slice();
  damaged[10]! ^= 1;
  await pair.objects.put(path, damaged);
  await pair.step();
  assert.equal((pair.standby.progress.failure as Error).name, "TaskCorruptedError");
  await pair.objects.put(path, whole);
  await pair.step();
  assert.equal(pair.standby.progress.failure, null);
  await pair.takeOver();
});

test("it waits while there is no checkpoint, or the inputs name different ones", async () => {
  const pair = await Pair.open();
  await pair.step();
  await pair.commitOffsets(NO_CHECKPOINT);
  await pair.step();
  await pair.work(1);
  await pair.commitOffsets("2-00000000", ["left"]);
  await pair.step();
  assert.deepEqual(pair.fetched, []);
  assert.equal(pair.standby.progress.failure, null);
  await pair.commitOffsets(pair.owner.committedId!);
  await pair.step();
  assert.equal(pair.standby.progress.sequence, 1);
});

test("once closed it ends at the next block, and what it has fetched stays", async () => {
  const pair = await Pair.open();
  await pair.work(7);
  pair.onFetch = async (path) => {
    if (path.includes("/blocks/2-")) pair.standby.close();
  };
  await pair.step();
  const blocks = pair.fetched.filter((path) => path.includes("/blocks/"));
  assert.ok(blocks.length < 7, `${blocks.length} of 7 blocks`);
  assert.deepEqual(pair.local(), blocks.sort());
  assert.equal(await pair.step(), false);
});
