import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyValueStore } from "../../src/state/key-value-store.ts";
import type { Section, SegmentLength } from "../../src/state/store.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const open = () => new KeyValueStore({ kind: "key-value", name: "table" });

const contents = (store: KeyValueStore): Map<string, string> =>
  new Map(
    [...store.entriesOf()]
      .map(([key, value]): [string, string] => [key, digest(value)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const digest = (value: Uint8Array): string => `${value.length} of ${value.at(0)} ${value.at(-1)}`;

type Step =
  | { kind: "put"; key: string; size: number; fill: number }
  | { kind: "delete"; key: string }
  | { kind: "clear" | "commit" | "abort" | "rollback" | "restore" };

const key = fc.constantFrom("", "a", "b", "ab", "é", "\u00ff\u0000", "long".repeat(10));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("put" as const),
        key,
        size: fc.constantFrom(0, 1, 100, 30_000),
        fill: fc.nat(255),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom("clear", "commit", "commit", "abort", "rollback", "restore"),
      }),
    },
  ),
  { maxLength: 80, size: "max" },
);

/** A checkpoint the simple way: all sections, and which of them are live. */
class Checkpoint {
  private readonly sections: Section[] = [];
  live: SegmentLength[] = [];

  take(store: KeyValueStore): void {
    for (const section of store.cut()) {
      this.sections.push({ ...section, bytes: Buffer.from(section.bytes) });
    }
    this.live = store.live();
    store.committed();
  }

  restored(): KeyValueStore {
    const store = open();
    for (const section of this.sections) {
      if (this.live.some(({ segment }) => segment === section.segment)) store.restore(section);
    }
    assert.deepEqual(store.live(), this.live);
    store.committed();
    return store;
  }

  get bytes(): number {
    return this.live.reduce((sum, { length }) => sum + length, 0);
  }
}

function run(script: readonly Step[]): void {
  let store = open();
  const checkpoint = new Checkpoint();
  let model = new Map<string, string>();
  let saved = new Map(model);
  for (const step of script) {
    if (step.kind === "put") {
      const value = new Uint8Array(step.size).fill(step.fill);
      store.put(step.key, value);
      model.set(step.key, digest(value));
    } else if (step.kind === "delete") {
      store.delete(step.key);
      model.delete(step.key);
    } else if (step.kind === "clear") {
      for (const name of model.keys()) store.delete(name);
      model.clear();
    } else if (step.kind === "commit") {
      checkpoint.take(store);
      saved = new Map(model);
    } else {
      if (step.kind === "abort") store.cut();
      if (step.kind === "restore") store = checkpoint.restored();
      else store.rollback();
      model = new Map(saved);
    }
    assert.deepEqual(contents(store), new Map([...model].sort(([a], [b]) => (a < b ? -1 : 1))));
    assert.equal(store.entries, model.size);
  }
}

test("a key-value store equals a map after any steps", () => {
  fc.assert(fc.property(steps, run), propertyRuns(300));
});

test("deleted keys stay deleted when a table that was emptied is restored and filled again", () => {
  const checkpoint = new Checkpoint();
  let store = open();
  for (let i = 0; i < 10; i++) store.put(`old-${i}`, new Uint8Array(10_000));
  checkpoint.take(store);
  for (let i = 0; i < 10; i++) store.delete(`old-${i}`);
  checkpoint.take(store);
  store = checkpoint.restored();
  store.put("new", new Uint8Array(1));
  checkpoint.take(store);
  assert.deepEqual(
    [...checkpoint.restored().entriesOf()].map(([name]) => name),
    ["new"],
  );
});

test("a table whose keys change for ever keeps a checkpoint in proportion to its size", () => {
  const store = open();
  const checkpoint = new Checkpoint();
  let written = 0;
  for (let round = 0; round < 2000; round++) {
    for (let i = 0; i < 100; i++) store.put(`key-${(round * 7 + i) % 500}`, new Uint8Array(20));
    const before = checkpoint.bytes;
    checkpoint.take(store);
    written += Math.abs(checkpoint.bytes - before);
    assert.ok(checkpoint.bytes < 65_536 + 4 * store.bytes + 10_000, `${checkpoint.bytes} bytes`);
  }
  assert.ok(written > 0);
});

test("a large table of tiny rows is not written anew at each commit", () => {
  const store = open();
  const checkpoint = new Checkpoint();
  for (let i = 0; i < 20_000; i++) store.put(i.toString(36), new Uint8Array(0));
  checkpoint.take(store);
  let written = 0;
  for (let round = 0; round < 20; round++) {
    store.put("one", new Uint8Array(0));
    written += store.cut().reduce((sum, { bytes }) => sum + bytes.length, 0);
    store.committed();
  }
  assert.ok(written < 10_000, `${written} bytes for 20 changes`);
});

test("values restored from a block do not keep the block in memory", () => {
  const source = open();
  source.put("small", Uint8Array.of(1));
  const [section] = source.cut();
  const block = Buffer.concat([section!.bytes, Buffer.alloc(100_000)]);
  const restored = open();
  restored.restore({ ...section!, bytes: block.subarray(0, section!.bytes.length) });
  assert.ok(restored.get("small")!.buffer.byteLength < 1000);
});
