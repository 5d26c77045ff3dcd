import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aggregate } from "../../src/operators/aggregate.ts";
import { byteColumn } from "../../src/operators/batch.ts";
import { joinWindow } from "../../src/operators/join-window.ts";
import { entryKey, KeyedEntries } from "../../src/operators/keyed-entry.ts";
import type { StateUse, StoresOf } from "../../src/operators/operator.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { splitChains, WITH_ITS_CHAIN } from "../../src/operators/split-state.ts";
import { suppress } from "../../src/operators/suppress.ts";
import { partitionOf } from "../../src/record/hash.ts";
import { KeyValueStore } from "../../src/state/key-value-store.ts";
import { noSpill } from "../../src/state/spill.ts";
import type { Store } from "../../src/state/store.ts";
import { WindowStore } from "../../src/state/window-store.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const serde = jsonSerde<number>();
const SEGMENT_MS = 10;

const window = (name: string) =>
  new WindowStore({ kind: "window", name, segmentMs: SEGMENT_MS }, noSpill);

const named =
  (...stores: readonly Store[]): StoresOf =>
  <S extends Store>(name: string) =>
    stores.find((store) => store.name === name) as unknown as S;

const partitionOfText = (key: string, partitions: number): number => {
  const bytes = Buffer.from(key);
  return partitionOf(bytes, 0, bytes.length, partitions);
};

/** Entries as `key time value`, in the order in which they were appended in their segment. */
function entriesOf(store: WindowStore): string[] {
  return store.segmentIds().flatMap((id) => {
    const segment = store.segment(id)!;
    const found: string[] = [];
    segment.forEachEntry(() => {
      const value = segment.chunk.bytes.subarray(segment.end - 1, segment.end)[0];
      found.push(`${Buffer.from(entryKey(segment))} ${store.timeOf(id)} ${value}`);
    });
    return found;
  });
}

const rows = fc.array(
  fc.record({ key: fc.string({ maxLength: 3 }), timeMs: fc.nat(35), value: fc.nat(255) }),
  { maxLength: 40 },
);
const numbers = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
type Row = { readonly key: string; readonly timeMs: number; readonly value: number };

function append(store: WindowStore, { key, timeMs, value }: Row): void {
  const keys = byteColumn([Buffer.from(key)]);
  const segment = store.openSegment(timeMs);
  new KeyedEntries().append(segment, 0, timeMs, keys, 0, Uint8Array.of(value));
}

/** Both ways: shared out by `split`, and as the rows give it when they go there one by one. */
function checkKeyed(split: StateUse["split"], all: readonly Row[], from: number, to: number): void {
  const make = () => [window("rows"), window("changes")] as const;
  const before = Array.from({ length: from }, make);
  const after = Array.from({ length: to }, make);
  const direct = Array.from({ length: to }, make);
  for (const row of all) {
    append(before[partitionOfText(row.key, from)]![0], row);
    append(direct[partitionOfText(row.key, to)]![0], row);
  }
  const targets = after.map((stores) => named(...stores));
  for (const stores of before) split!(named(...stores), targets);
  assert.deepEqual(
    after.map(([store]) => entriesOf(store).sort()),
    direct.map(([store]) => entriesOf(store).sort()),
  );
}

test("rows that a suppress holds go where their keys will be", () => {
  const { split } = suppress({ store: "rows", serde, until: "close" });
  fc.assert(
    fc.property(rows, numbers, (all, [from, to]) => checkKeyed(split, all, from, to)),
    propertyRuns(100),
  );
});

test("rows of a windowed join go where their keys will be", () => {
  const { split } = joinWindow({
    rows: "rows",
    changes: "changes",
    primary: "left",
    sides: { left: { serde }, right: { serde } },
    beforeMs: 1,
    afterMs: 1,
    join: () => 0,
  });
  fc.assert(
    fc.property(rows, numbers, (all, [from, to]) => checkKeyed(split, all, from, to)),
    propertyRuns(100),
  );
});

test("an aggregate goes where the rows of its key will be", () => {
  const { split } = aggregate<number, number>({
    store: "sums",
    serde,
    initial: () => 0,
    add: (_, value, sum) => sum + value,
  });
  const property = fc.property(fc.uniqueArray(fc.string()), numbers, (keys, [from, to]) => {
    const sums = () => new KeyValueStore({ kind: "key-value", name: "sums" });
    const before = Array.from({ length: from }, sums);
    const after = Array.from({ length: to }, sums);
    for (const key of keys) {
      // As `keyText` has it: a byte is a character.
      before[partitionOfText(key, from)]!.put(Buffer.from(key).toString("latin1"), Buffer.of(1));
    }
    const targets = after.map((store) => named(store));
    for (const store of before) split!(named(store), targets);
    const found = after.map((store) =>
      [...store.entriesOf()].map(([key]) => Buffer.from(key, "latin1").toString()).sort(),
    );
    assert.deepEqual(
      found,
      after.map((_, at) => keys.filter((key) => partitionOfText(key, to) === at).sort()),
    );
  });
  fc.assert(property, propertyRuns(100));
});

test("an entry that does not tell its key goes with its chain, and a chain that tells none is an error", () => {
  const [from, to] = [window("rows"), [window("rows"), window("rows")]];
  const segment = from.openSegment(0);
  const bytes = Uint8Array.of(7);
  segment.append(1, 1, 0, bytes, 0, 1);
  segment.append(1, 1, 1, bytes, 0, 1);
  segment.append(1, 1, 0, bytes, 0, 1);
  splitChains(from, to, ({ tag }) => (tag === 1 ? 1 : WITH_ITS_CHAIN));
  assert.deepEqual(
    to.map((store) => store.entries),
    [0, 3],
  );
  segment.append(2, 2, 0, bytes, 0, 1);
  const once = () => splitChains(from, to, ({ tag }) => (tag === 1 ? 1 : WITH_ITS_CHAIN));
  assert.throws(once, /store rows: no entry of a chain in segment 0 tells its key/);
});
