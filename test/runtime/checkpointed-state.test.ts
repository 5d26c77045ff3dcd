import assert from "node:assert/strict";
import { test } from "node:test";
import { Checkpointer } from "../../src/state/checkpointer.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { noSpill } from "../../src/state/spill.ts";
import { WindowStore } from "../../src/state/window-store.ts";

/** What the simulation found once, each in its smallest form. */
const openStore = () => new WindowStore({ kind: "window", name: "rows", segmentMs: 1 }, noSpill);

const payload = new Uint8Array(40);
const objects = () => new MemoryObjectStore({ nowMs: () => 0 });
const open = (of: MemoryObjectStore) => new Checkpointer<null>(of, "app/1/0_0", "0_0");

async function commit(checkpointer: Checkpointer<null>, store: WindowStore): Promise<string> {
  const id = await checkpointer.cut([store], null);
  store.committed();
  await checkpointer.committed();
  return id;
}

test("an entry appended to a segment that is only read otherwise is committed, or rolled back", async () => {
  const checkpoints = objects();
  const [checkpointer, store] = [open(checkpoints), openStore()];
  store.openSegment(0).append(0, 1, 0, payload, 0, 40);
  await commit(checkpointer, store);
  const found = store.segmentAt(0)!;
  found.append(0, 1, 0, payload, 0, 40);
  const id = await commit(checkpointer, store);
  found.append(0, 1, 0, payload, 0, 40);
  store.rollback();
  assert.equal(store.entries, 2);
  const restored = openStore();
  await open(checkpoints).restore(id, [restored]);
  assert.equal(restored.entries, 2);
});

test("a segment that begins anew has nothing of the one that was dropped under its number", async () => {
  const checkpoints = objects();
  const [checkpointer, store] = [open(checkpoints), openStore()];
  // Blocks with nothing but the segment go when it is dropped, those with another stay: a gap.
  for (let i = 0; i < 5; i++) {
    store.openSegment(0).append(0, i, 0, payload, 0, 40);
    if (i % 2 === 0) store.openSegment(1).append(0, i, 0, payload, 0, 40);
    await commit(checkpointer, store);
  }
  store.drop(0);
  await commit(checkpointer, store);
  let id = "";
  for (let i = 0; i < 12; i++) {
    store.openSegment(0).append(0, 100 + i, 0, payload, 0, 40);
    id = await commit(checkpointer, store);
    const restored = openStore();
    await open(checkpoints).restore(id, [restored]);
    assert.equal(restored.segmentAt(0)?.entries, i + 1);
    assert.equal(restored.segmentAt(0)?.head(0, 1), -1);
    assert.equal(restored.segmentAt(1)?.entries, 3);
  }
});
