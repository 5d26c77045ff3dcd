import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RetriableError } from "../../src/record/errors.ts";
import { CachedObjectStore } from "../../src/state/cached-object-store.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { localCheckpoints } from "../../src/state/local-checkpoints.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { checkpointerSuite, FlakyStore, Task } from "./checkpointer-suite.ts";
import { objectStoreSuite } from "./object-store-suite.ts";

const memory = () => {
  let nowMs = 1000;
  return new MemoryObjectStore({ nowMs: () => nowMs++ });
};
const bytesMax = 1 << 20;

objectStoreSuite("CachedObjectStore", async () => {
  const root = await mkdtemp(join(tmpdir(), "copies-"));
  const remote = memory();
  const open = () =>
    CachedObjectStore.open({
      remote,
      local: new FolderObjectStore(root, { synced: false }),
      bytesMax,
    });
  return { store: await open(), other: await open(), close: () => rm(root, { recursive: true }) };
});

checkpointerSuite("a cache that is too small", () => new SmallCache(), 20);

/** Opened when it is first used, since the suite opens its stores at once. */
class SmallCache implements ObjectStore {
  private readonly opened = CachedObjectStore.open({
    remote: memory(),
    local: memory(),
    bytesMax: 3000,
  });

  async get(path: string) {
    return (await this.opened).get(path);
  }
  async put(path: string, bytes: Uint8Array) {
    return (await this.opened).put(path, bytes);
  }
  async putIfAbsent(path: string, bytes: Uint8Array) {
    return (await this.opened).putIfAbsent(path, bytes);
  }
  async list(prefix: string) {
    return (await this.opened).list(prefix);
  }
  async delete(path: string) {
    return (await this.opened).delete(path);
  }
}

/** A remote store that counts what is fetched from it, and copies in a folder. */
class Host {
  readonly remote: ObjectStore;
  readonly root: string;
  fetched: string[] = [];

  private constructor(root: string) {
    const objects = memory();
    this.root = root;
    this.remote = {
      get: (path) => {
        this.fetched.push(path);
        return objects.get(path);
      },
      put: (path, bytes) => objects.put(path, bytes),
      putIfAbsent: (path, bytes) => objects.putIfAbsent(path, bytes),
      list: (prefix) => objects.list(prefix),
      delete: (path) => objects.delete(path),
    };
  }

  static async run(body: (host: Host) => Promise<void>): Promise<void> {
    const host = new Host(await mkdtemp(join(tmpdir(), "copies-")));
    try {
      await body(host);
    } finally {
      await rm(host.root, { recursive: true });
    }
  }

  open(of: { bytesMax?: number; local?: ObjectStore } = {}): Promise<CachedObjectStore> {
    const local = new FolderObjectStore(this.root, { synced: false });
    return CachedObjectStore.open({ remote: this.remote, local, bytesMax, ...of });
  }

  /** Bytes and names of the files of a folder of copies. */
  async copies(folder: string): Promise<string[]> {
    return (await readdir(join(this.root, folder))).sort();
  }
}

const object = (size: number, fill: number) => new Uint8Array(size).fill(fill);

test("a task that is restored on the same host, after a restart too, fetches nothing", () =>
  Host.run(async (host) => {
    const task = new Task(new FlakyStore(await host.open()));
    for (let i = 0; i < 30; i++) {
      task.put(`key-${i}`, i, 500);
      await task.commit();
    }
    assert.deepEqual(host.fetched, [], "merging reads the copies");
    const restarted = new Task(new FlakyStore(await host.open()));
    await restarted.checkpointer.restore(task.committedId!, [restarted.rows, restarted.table]);
    assert.equal([...restarted.table.entriesOf()].length, 30);
    assert.deepEqual(host.fetched, []);
  }));

test("a copy that was cut, emptied or damaged is fetched again, and kept anew", () =>
  Host.run(async (host) => {
    const store = await host.open();
    await store.put("a/b", object(100, 7));
    const file = join(host.root, "a/b");
    const flip = async (at: number) => {
      const bytes = await readFile(file);
      bytes[at]! ^= 1;
      await writeFile(file, bytes);
    };
    const damages = [
      () => truncate(file, 50),
      () => truncate(file, 3),
      () => truncate(file, 0),
      () => writeFile(file, object(108, 0)),
      () => flip(0),
      () => flip(101),
      () => flip(107),
      () => rm(file),
    ];
    for (const [i, damage] of damages.entries()) {
      await damage();
      assert.deepEqual(await (await host.open()).get("a/b"), object(100, 7));
      assert.equal(host.fetched.length, i + 1);
      assert.deepEqual(Buffer.from((await store.get("a/b"))!), Buffer.from(object(100, 7)));
      assert.equal(host.fetched.length, i + 1, "it was not kept anew");
    }
  }));

test("copies stay within their bound, and the one that was used last is the last to go", () =>
  Host.run(async (host) => {
    const store = await host.open({ bytesMax: 1000 });
    for (const name of ["a", "b", "c"]) await store.put(`x/${name}`, object(300, 1));
    await store.get("x/a");
    await store.put("x/d", object(300, 1));
    assert.deepEqual(await host.copies("x"), ["a", "c", "d"]);
    await store.put("x/e", object(2000, 1));
    assert.deepEqual(await host.copies("x"), ["a", "c", "d"], "too large to be kept");
    assert.equal((await store.get("x/b"))?.length, 300);
    assert.deepEqual(host.fetched, ["x/b"]);
  }));

test("what lies there at the start counts, the oldest goes first", () =>
  Host.run(async (host) => {
    const local = memory();
    const first = await host.open({ local });
    for (const name of ["a", "b", "c"]) await first.put(name, object(300, 1));
    const second = await host.open({ local, bytesMax: 700 });
    assert.deepEqual([...second.copies()].sort(), ["b", "c"]);
    assert.deepEqual(
      (await local.list("")).map(({ path }) => path),
      ["b", "c"],
    );
  }));

test("two that share a folder stay within the bound and what each may not yet have seen", () =>
  Host.run(async (host) => {
    const local = memory();
    const stores = [
      await host.open({ local, bytesMax: 10_000 }),
      await host.open({ local, bytesMax: 10_000 }),
    ];
    for (let i = 0; i < 400; i++) {
      await stores[i % 2]!.put(`o-${i}`, object(192, 1));
      const bytes = (await local.list("")).reduce((sum, { size }) => sum + size, 0);
      assert.ok(bytes <= 10_000 * (1 + 2 / 8), `${bytes} bytes`);
    }
  }));

test("a disk that is full, or fails in any other way, only costs the copies", () =>
  Host.run(async (host) => {
    let calls = 0;
    const local = new InterceptedObjectStore(memory(), async (_call, work) => {
      // Some before and some after they have done what they were to do.
      if (calls++ % 3 === 0) throw new RetriableError("no space left on device");
      const done = await work();
      if (calls % 5 === 0) throw new RetriableError("input/output error");
      return done;
    });
    const store = await host.open({ local, bytesMax: 1000 });
    for (let i = 0; i < 60; i++) {
      const path = `o-${i % 9}`;
      if (i % 7 === 6) await store.delete(path);
      else await store.put(path, object(200, i % 9));
      const expected = i % 7 === 6 ? null : object(200, i % 9);
      assert.deepEqual(await host.remote.get(path), expected);
      if (expected !== null)
        assert.deepEqual(Buffer.from((await store.get(path))!), Buffer.from(expected));
    }
    assert.ok(calls > 100);
  }));

test("the copies tell of which tasks the state lies here, by the newest manifest", () =>
  Host.run(async (host) => {
    const store = await host.open();
    for (const path of [
      "app/1/0_3/manifests/9-0000000a.json",
      "app/1/0_3/manifests/10-0000000b.json",
      "app/1/0_3/blocks/12-0-100-0000000c",
      "app/1/1_0/manifests/4-0000000d.json",
      "app/1/1_1/blocks/4-0-100-0000000d",
      "app/2/1_1/manifests/4-0000000d.json",
      "app/11/1_2/manifests/4-0000000d.json",
      "app/1/1_3/manifests/notes.txt",
    ]) {
      await store.put(path, object(10, 1));
    }
    assert.deepEqual(localCheckpoints(store.copies(), "app", 1), { "0_3": 10, "1_0": 4 });
    const restarted = await host.open();
    assert.deepEqual(localCheckpoints(restarted.copies(), "app", 1), { "0_3": 10, "1_0": 4 });
    await restarted.forget("app/1/0_3/manifests/10-0000000b.json");
    assert.deepEqual(localCheckpoints(restarted.copies(), "app", 1), { "0_3": 9, "1_0": 4 });
  }));
