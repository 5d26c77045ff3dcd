import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { copyFiles } from "../../src/app/gold/local-copies.ts";
import type { LiveFile } from "../../src/lake-sql/pinned-table.ts";
import { RetriableError } from "../../src/record/errors.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";

const root = await mkdtemp(path.join(os.tmpdir(), "copies-"));
after(() => rm(root, { recursive: true, force: true }));

const clock = { nowMs: () => 0 };

const file = (name: string, size: number): LiveFile => ({
  path: `silver/events/${name}`,
  size,
  modifiedMs: 0,
  location: path.join(root, "silver/events", name),
  date: "2026-01-01",
});

/** A bucket that counts what is received from it. */
class CountingStore extends MemoryObjectStore {
  readonly received: string[] = [];

  override get(name: string): Promise<Uint8Array | null> {
    this.received.push(name);
    return super.get(name);
  }
}

test("files are received once, and those that nobody needs any more go", async () => {
  const store = new CountingStore(clock);
  for (const name of ["a", "b", "c"]) {
    await store.put(`silver/events/${name}`, Buffer.from(name.repeat(3)));
  }
  const [a, b, c] = ["a", "b", "c"].map((name) => file(name, 3)) as [LiveFile, LiveFile, LiveFile];
  await copyFiles(store, root, [a, b]);
  assert.equal(await readFile(b.location, "utf8"), "bbb");
  await copyFiles(store, root, [b, c]);
  assert.deepEqual(
    store.received.sort(),
    [a, b, c].map(({ path: name }) => name),
  );
  assert.deepEqual(await readdir(path.join(root, "silver/events")), ["b", "c"]);
});

test("one of another size than its log says is received again", async () => {
  const store = new CountingStore(clock);
  await store.put("silver/events/d", Buffer.from("dddd"));
  const d = file("d", 4);
  await copyFiles(store, root, [d]);
  await writeFile(d.location, "dd");
  await copyFiles(store, root, [d]);
  assert.equal(await readFile(d.location, "utf8"), "dddd");
});

test("one that is gone is for the next version, which does not name it", async () => {
  await assert.rejects(
    copyFiles(new MemoryObjectStore(clock), root, [file("e", 1)]),
    RetriableError,
  );
});
