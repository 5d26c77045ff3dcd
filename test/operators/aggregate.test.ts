import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aggregate } from "../../src/operators/aggregate.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { faults, runWithFaults } from "./fault-script.ts";
import { batchOf, openOperator, type Row, rowsOf } from "./operator-harness.ts";

const store = { kind: "key-value", name: "counts" } as const;

/** How a user counts rows by key. */
const count = () =>
  aggregate({
    store: "counts",
    serde: jsonSerde<number>(),
    initial: () => 0,
    add: (_key, _value: string, total) => total + 1,
  });

const names = () =>
  aggregate({
    store: "counts",
    serde: jsonSerde<string[]>(),
    initial: (): string[] => [],
    add: (key, value: string, list) => {
      list.push(`${key}:${value}`);
      return list;
    },
  });

const open = () => openOperator(count(), [store]);

test("aggregate emits nothing while nothing comes, ends with its input, ignores an empty batch", () => {
  const harness = open();
  assert.deepEqual(harness.end(), []);
  assert.deepEqual(harness.push("input", batchOf<string>([])), []);
  assert.equal(harness.complete(), true);
});

test("aggregate emits each changed key once a batch, in the order in which the keys appear", () => {
  const harness = open();
  const first = ["b", "a", "b", "c", "b"].map((key, at) => ({ key, value: "", at }));
  assert.deepEqual(harness.push("input", batchOf(first)).flatMap(rowsOf), [
    { key: "b", value: 3, at: 4 },
    { key: "a", value: 1, at: 1 },
    { key: "c", value: 1, at: 3 },
  ]);
  const next = [{ key: "a", value: "", at: 9 }];
  assert.deepEqual(harness.push("input", batchOf(next)).flatMap(rowsOf), [
    { key: "a", value: 2, at: 9 },
  ]);
});

test("aggregate adds a row that comes out of order, and keeps the greatest time", () => {
  const harness = open();
  harness.push("input", batchOf([{ key: "a", value: "", at: 100 }]));
  const [batch] = harness.push("input", batchOf([{ key: "a", value: "", at: 5 }]));
  assert.deepEqual(rowsOf(batch!), [{ key: "a", value: 2, at: 100 }]);
});

test("aggregate hands keys to the user as text, and tells keys apart by their bytes", () => {
  const harness = openOperator(names(), [store]);
  const rows = [
    { key: "é", value: "x", at: 0 },
    { key: "\u00c3\u00a9", value: "y", at: 0 },
  ];
  assert.deepEqual(harness.push("input", batchOf(rows)).flatMap(rowsOf), [
    { key: "é", value: ["é:x"], at: 0 },
    { key: "\u00c3\u00a9", value: ["\u00c3\u00a9:y"], at: 0 },
  ]);
});

test("aggregate fails clearly on rows without keys", () => {
  assert.throws(() => open().push("input", batchOf([{ value: "", at: 0 }])), {
    name: "TopologyError",
    message: /aggregate over counts got rows without keys: put selectKey/,
  });
});

test("aggregate hands an error of add to the subscriber, and has stored nothing of the batch", () => {
  const fragile = aggregate({
    store: "counts",
    serde: jsonSerde<number>(),
    initial: () => 0,
    add: (_key, value: string, total) => {
      if (value === "bad") throw new Error("thrown by the user");
      return total + 1;
    },
  });
  const harness = openOperator(fragile, [store]);
  const rows = [
    { key: "a", value: "good", at: 0 },
    { key: "a", value: "bad", at: 0 },
  ];
  assert.throws(() => harness.push("input", batchOf(rows)), /thrown by the user/);
  assert.equal(harness.stores.get("counts")!.entries, 0);
});

const row: fc.Arbitrary<Row<string>> = fc.record(
  {
    key: fc.constantFrom("a", "b", "é", ""),
    value: fc.string({ maxLength: 2 }),
    at: fc.integer({ min: -5, max: 5 }),
  },
  { noNullPrototype: true },
);
const batches = fc.array(fc.array(row, { minLength: 1 }), { maxLength: 15, size: "max" });

test("the last update of each key is what all its rows give, however they are batched", () => {
  fc.assert(
    fc.property(batches, (script) => {
      const harness = openOperator(names(), [store]);
      const updates = script.flatMap((rows) =>
        harness.push("input", batchOf(rows.map((r) => ({ ...r, key: r.key! })))).flatMap(rowsOf),
      );
      const last = new Map(updates.map((update) => [update.key, update]));
      for (const [key, rows] of Map.groupBy(script.flat(), (r) => r.key)) {
        assert.deepEqual(last.get(key), {
          key,
          value: rows.map((r) => `${key}:${r.value}`),
          at: Math.max(...rows.map((r) => r.at)),
        });
      }
    }),
    propertyRuns(100),
  );
});

test("aggregate commits the same updates under rollbacks and restarts", () => {
  fc.assert(
    fc.property(batches, faults, (script, plan) => {
      const actions = script.map((rows) => ({ side: "input" as const, rows }));
      const straight = runWithFaults(openOperator(names(), [store]), actions, []);
      assert.deepEqual(runWithFaults(openOperator(names(), [store]), actions, plan), straight);
    }),
    propertyRuns(100),
  );
});
