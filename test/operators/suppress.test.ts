import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Rows } from "../../src/operators/batch.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { suppress } from "../../src/operators/suppress.ts";
import { Hash128 } from "../../src/record/hash.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { type Action, faults, runWithFaults } from "./fault-script.ts";
import { batchOf, openOperator, type Row, rowsOf } from "./operator-harness.ts";

interface Order {
  readonly id: number;
  readonly done: boolean;
}

const SLICE_MS = 10;
const store = {
  kind: "window",
  name: "held",
  segmentMs: SLICE_MS,
} as const;
const serde = jsonSerde<Order>();

const open = (until: "close" | "done" = "close", spill = false) =>
  openOperator(
    suppress({
      store: "held",
      serde,
      until: until === "close" ? until : (order: Order) => order.done,
    }),
    [store],
    { spill },
  );

const row = (key: string, at: number, id: number, done = false): Row<Order> => ({
  key,
  at,
  value: { id, done },
});
const ids = (rows: readonly Row<Order>[]) => rows.map(({ key, value }) => `${key}${value.id}`);

test("suppress emits nothing while nothing comes, and ends with its input and the slices", () => {
  const harness = open();
  assert.deepEqual(harness.end(), []);
  assert.equal(harness.complete(), true);
});

test("suppress until close emits the newest row of each key once, by key, when its slice closes", () => {
  const harness = open();
  const rows = [row("b", 1, 1), row("a", 2, 2), row("b", 3, 3), row("b", 12, 4), row("a", 2, 5)];
  assert.deepEqual(harness.push("input", batchOf(rows)), []);
  assert.deepEqual(harness.close(0).flatMap(rowsOf), [row("a", 2, 5), row("b", 3, 3)]);
  assert.deepEqual(harness.close(10).flatMap(rowsOf), [row("b", 12, 4)]);
  assert.deepEqual(harness.close(20), []);
  assert.equal(harness.stores.get("held")!.entries, 0);
});

test("a row that comes after a newer one of its key is superseded", () => {
  const harness = open();
  harness.push("input", batchOf([row("a", 5, 1)]));
  harness.push("input", batchOf([row("a", 4, 2)]));
  assert.deepEqual(ids(harness.close(0).flatMap(rowsOf)), ["a1"]);
});

test("suppress until complete emits the first complete row at once, and no more of its key", () => {
  const harness = open("done");
  assert.deepEqual(harness.push("input", batchOf([row("a", 1, 1), row("b", 1, 2)])), []);
  const rows = [row("a", 2, 3, true), row("a", 3, 4, true), row("b", 2, 5)];
  assert.deepEqual(harness.push("input", batchOf(rows)).flatMap(rowsOf), [row("a", 2, 3, true)]);
  assert.deepEqual(harness.push("input", batchOf([row("a", 9, 6, true)])), []);
  assert.deepEqual(ids(harness.close(0).flatMap(rowsOf)), ["b5"]);
});

test("a complete row that is older than what is held is no reason to emit", () => {
  const harness = open("done");
  harness.push("input", batchOf([row("a", 5, 1)]));
  assert.deepEqual(harness.push("input", batchOf([row("a", 4, 2, true)])), []);
  assert.deepEqual(ids(harness.close(0).flatMap(rowsOf)), ["a1"]);
});

test("the same key in another slice is another row", () => {
  const harness = open("done");
  const rows = [row("a", 1, 1, true), row("a", 11, 2, true)];
  assert.deepEqual(ids(harness.push("input", batchOf(rows)).flatMap(rowsOf)), ["a1", "a2"]);
});

test("a row of a closed slice is counted and dropped, also when the slice is closed again", () => {
  const harness = open();
  harness.close(10);
  harness.push("input", batchOf([row("a", 19, 1), row("a", 0, 2), row("a", 20, 3)]));
  assert.deepEqual(harness.counters, { "dropped.late": 2 });
  assert.deepEqual(harness.close(10, 2), []);
  assert.deepEqual(ids(harness.close(20).flatMap(rowsOf)), ["a3"]);
});

test("a row that a step upstream emits as its slice closes is not late", () => {
  const harness = open();
  harness.advance(0);
  harness.push("input", batchOf([row("a", 1, 1)]));
  assert.deepEqual(ids(harness.close(0).flatMap(rowsOf)), ["a1"]);
  assert.deepEqual(harness.counters, {});
});

test("a close emits every slice up to the stream time, also those that were never closed", () => {
  const harness = open();
  harness.push("input", batchOf([row("a", 25, 3), row("a", 15, 2), row("a", 5, 1)]));
  assert.deepEqual(ids(harness.close(20).flatMap(rowsOf)), ["a1", "a2", "a3"]);
});

test("many keys come out in several batches, in order", () => {
  const harness = open();
  const keys = Array.from({ length: 3000 }, (_, i) => `k${String(i).padStart(4, "0")}`);
  harness.push("input", batchOf(keys.toReversed().map((key, i) => row(key, 1, i))));
  const batches = harness.end();
  assert.ok(batches.length > 1 && batches.every(({ length }) => length <= 1024));
  assert.deepEqual(
    batches.flatMap(rowsOf).map(({ key }) => key),
    keys,
  );
});

test("keys whose hashes are equal are different keys", (t) => {
  t.mock.method(Hash128.prototype, "update", function (this: Hash128) {
    return Object.assign(this, { a: 1, b: -1, c: 0, d: 0 });
  });
  const harness = open("done");
  const rows = [row("a", 1, 1), row("b", 1, 2, true), row("c", 1, 3), row("a", 2, 4)];
  assert.deepEqual(ids(harness.push("input", batchOf(rows)).flatMap(rowsOf)), ["b2"]);
  assert.deepEqual(harness.push("input", batchOf([row("b", 3, 5, true)])), []);
  assert.deepEqual(ids(harness.close(0).flatMap(rowsOf)), ["a4", "c3"]);
});

test("suppress fails clearly on rows without keys", () => {
  assert.throws(() => open().push("input", batchOf([{ value: { id: 1, done: false }, at: 0 }])), {
    name: "TopologyError",
    message: /suppress over held got rows without keys/,
  });
});

test("suppress hands an error of the predicate to the subscriber", () => {
  const fragile = suppress({
    store: "held",
    serde,
    until: (_order: Order): boolean => {
      throw new Error("thrown by the user");
    },
  });
  const harness = openOperator(fragile, [store]);
  assert.throws(() => harness.push("input", batchOf([row("a", 0, 1)])), /thrown by the user/);
});

type Inputs = { input: Rows<Order> };

const someRow = fc
  .tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: -5, max: 45 }), fc.nat(99), fc.boolean())
  .map(([key, at, id, done]) => row(key, at, id, done));
const action: fc.Arbitrary<Action<Inputs>> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      side: fc.constant("input" as const),
      rows: fc.array(someRow, { minLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ close: fc.constantFrom(-10, 0, 10, 20, 30) }) },
);

test("suppress commits the same rows under rollbacks and restarts, in memory or spilled", () => {
  const actions = fc.array(action, { maxLength: 20, size: "max" });
  const until = fc.constantFrom("close" as const, "done" as const);
  fc.assert(
    fc.property(actions, faults, until, (script, plan, when) => {
      const straight = open(when);
      const faulty = open(when, true);
      try {
        assert.deepEqual(runWithFaults(faulty, script, plan), runWithFaults(straight, script, []));
        assert.deepEqual(faulty.counters, straight.counters);
      } finally {
        faulty.dispose();
      }
    }),
    propertyRuns(60),
  );
});
