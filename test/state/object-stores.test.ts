import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError, RetriableError } from "../../src/record/errors.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { objectStoreSuite } from "./object-store-suite.ts";

objectStoreSuite("MemoryObjectStore", async () => {
  let nowMs = 1000;
  const store = new MemoryObjectStore({ nowMs: () => nowMs++ });
  return { store, other: store, close: async () => {} };
});

objectStoreSuite("FolderObjectStore", async () => {
  const root = await mkdtemp(join(tmpdir(), "objects-"));
  return {
    store: new FolderObjectStore(root),
    other: new FolderObjectStore(root),
    close: () => rm(root, { recursive: true }),
  };
});

async function inFolder(body: (root: string, store: FolderObjectStore) => Promise<void>) {
  const root = await mkdtemp(join(tmpdir(), "objects-"));
  try {
    await body(root, new FolderObjectStore(join(root, "objects")));
  } finally {
    await rm(root, { recursive: true });
  }
}

test("a path cannot leave the folder of a FolderObjectStore", () =>
  inFolder(async (root, store) => {
    await writeFile(join(root, "secret"), "s");
    for (const path of ["../secret", "a/../../secret", "/etc/hosts", "", "a//b", "./a", ".tmp/1"]) {
      await assert.rejects(store.get(path), ConfigError, path);
      await assert.rejects(store.put(path, new Uint8Array(1)), ConfigError, path);
      await assert.rejects(store.putIfAbsent(path, new Uint8Array(1)), ConfigError, path);
      await assert.rejects(store.delete(path), ConfigError, path);
    }
    await assert.rejects(store.list("../"), ConfigError);
  }));

test("a FolderObjectStore leaves no temporary file behind and lists none", () =>
  inFolder(async (root, store) => {
    await store.put("a", new Uint8Array(3));
    await store.putIfAbsent("a", new Uint8Array(3));
    await store.putIfAbsent("b/c", new Uint8Array(3));
    assert.deepEqual(await readdir(join(root, "objects", ".tmp")), []);
    await writeFile(join(root, "objects", ".tmp", "1-1"), "half an obj");
    assert.deepEqual(
      (await store.list("")).map(({ path }) => path),
      ["a", "b/c"],
    );
  }));

test("writers that give their temporary files the same names do not take them from each other", () =>
  inFolder(async (root) => {
    const writers = Array.from({ length: 4 }, () => new FolderObjectStore(join(root, "objects")));
    const names = Array.from({ length: 200 }, (_, i) => `${i}`);
    const write = async (store: FolderObjectStore, writer: number) => {
      for (const name of names)
        await store.put(`${writer}/${name}`, Buffer.from(`${writer} ${name}`));
    };
    await Promise.all(writers.map(write));
    for (const [writer, store] of writers.entries()) {
      for (const name of names) {
        const bytes = await store.get(`${writer}/${name}`);
        assert.equal(Buffer.from(bytes!).toString(), `${writer} ${name}`);
      }
    }
  }));

test("a FolderObjectStore sweeps what a writer left that died days ago, and nothing younger", () =>
  inFolder(async (root, store) => {
    const temporary = join(root, "objects", ".tmp");
    await mkdir(temporary, { recursive: true });
    await writeFile(join(temporary, "7-1"), "old");
    await writeFile(join(temporary, "7-2"), "young");
    await utimes(join(temporary, "7-1"), 1, 1);
    await store.put("a", new Uint8Array(1));
    assert.deepEqual(await readdir(temporary), ["7-2"]);
  }));

test("a FolderObjectStore writes although another process of the same id has left files", () =>
  inFolder(async (root, store) => {
    const temporary = join(root, "objects", ".tmp");
    await mkdir(temporary, { recursive: true });
    for (const n of [0, 1]) await writeFile(join(temporary, `${process.pid}-${n}`), "other");
    await store.put("a", new Uint8Array(2));
    assert.equal((await store.get("a"))?.byteLength, 2);
    assert.equal((await readdir(temporary)).length, 2);
  }));

test("a FolderObjectStore says that a disk that fails may be tried again", () =>
  inFolder(async (root, store) => {
    await mkdir(join(root, "objects", "a", "b"), { recursive: true });
    // A folder stands where the object should be: rename refuses with EISDIR or ENOTEMPTY.
    await assert.rejects(store.put("a", new Uint8Array(1)), RetriableError);
    // And a file where a folder should be.
    await store.put("file", new Uint8Array(1));
    await assert.rejects(store.put("file/b", new Uint8Array(1)), RetriableError);
    await assert.rejects(store.putIfAbsent("file/b/c", new Uint8Array(1)), RetriableError);
  }));
