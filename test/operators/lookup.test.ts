import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Rows } from "../../src/operators/batch.ts";
import { lookup } from "../../src/operators/lookup.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { type Action, faults, runWithFaults } from "./fault-script.ts";
import { batchOf, OperatorHarness, rowsOf } from "./operator-harness.ts";

interface Country {
  readonly name: string;
}

const store = { kind: "key-value", name: "countries" } as const;
const serde = jsonSerde<Country>();

const inner = () =>
  lookup({ store: "countries", serde, join: (value: number, found) => `${value} ${found.name}` });

const left = () =>
  lookup({
    store: "countries",
    serde,
    optional: true,
    join: (value: number, found) => `${value} ${found?.name ?? "nowhere"}`,
  });

type Inputs = { stream: Rows<number>; table: Rows<Country | null> };

const open = (operator = inner()) =>
  new OperatorHarness<Inputs, Rows<string>>(operator, ["stream", "table"], [store]);

const france = [{ key: "FR", value: { name: "France" }, at: 5 }];

test("lookup emits nothing while nothing comes, and ends when both inputs and the slices end", () => {
  const harness = open();
  assert.deepEqual(harness.end(), []);
  assert.deepEqual(harness.push("table", batchOf(france)), []);
  assert.equal(harness.complete(), true);
});

test("lookup joins rows with the table as it stands, in order, with their own key and time", () => {
  const harness = open();
  harness.push("table", batchOf(france));
  const rows = [
    { key: "FR", value: 1, at: 9 },
    { key: "DE", value: 2, at: 8 },
    { key: "FR", value: 3, at: 7 },
  ];
  assert.deepEqual(harness.push("stream", batchOf(rows)).flatMap(rowsOf), [
    { key: "FR", value: "1 France", at: 9 },
    { key: "FR", value: "3 France", at: 7 },
  ]);
});

test("an optional lookup keeps the rows that find nothing", () => {
  const harness = open(left());
  assert.deepEqual(harness.push("stream", batchOf([{ key: "FR", value: 1, at: 0 }])).map(rowsOf), [
    [{ key: "FR", value: "1 nowhere", at: 0 }],
  ]);
});

test("an inner lookup that finds nothing emits no empty batch", () => {
  assert.deepEqual(open().push("stream", batchOf([{ key: "FR", value: 1, at: 0 }])), []);
});

test("null deletes from the table, and the last update to arrive stands whatever its time", () => {
  const harness = open(left());
  const ask = () =>
    harness.push("stream", batchOf([{ key: "FR", value: 1, at: 0 }])).flatMap(rowsOf);
  harness.push("table", batchOf(france));
  harness.push("table", batchOf([{ key: "FR", value: { name: "Gaul" }, at: -50 }]));
  assert.equal(ask()[0]!.value, "1 Gaul");
  harness.push("table", batchOf<Country | null>([{ key: "FR", value: null, at: 6 }]));
  assert.equal(ask()[0]!.value, "1 nowhere");
});

test("lookup fails clearly on either input when rows have no keys", () => {
  assert.throws(() => open().push("stream", batchOf([{ value: 1, at: 0 }])), {
    name: "TopologyError",
    message: /the stream of lookup countries got rows without keys/,
  });
  assert.throws(() => open().push("table", batchOf([{ value: { name: "x" }, at: 0 }])), {
    name: "TopologyError",
    message: /the table of lookup countries/,
  });
});

test("lookup hands an error of join to the subscriber", () => {
  const harness = open(
    lookup({
      store: "countries",
      serde,
      join: (_value: number, _found): string => {
        throw new Error("thrown by the user");
      },
    }),
  );
  harness.push("table", batchOf(france));
  const rows = batchOf([{ key: "FR", value: 1, at: 0 }]);
  assert.throws(() => harness.push("stream", rows), /thrown by the user/);
});

test("lookup commits the same rows under rollbacks and restarts", () => {
  const key = fc.constantFrom("a", "b", "c");
  const action: fc.Arbitrary<Action<Inputs>> = fc.oneof(
    fc.record({
      side: fc.constant("stream" as const),
      rows: fc.array(fc.record({ key, value: fc.nat(9), at: fc.nat(9) }), { minLength: 1 }),
    }),
    fc.record({
      side: fc.constant("table" as const),
      rows: fc.array(
        fc.record({
          key,
          value: fc.option(fc.record({ name: fc.string({ maxLength: 2 }) })),
          at: fc.nat(9),
        }),
        { minLength: 1 },
      ),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20, size: "max" }), faults, (actions, plan) => {
      const straight = runWithFaults(open(left()), actions, []);
      assert.deepEqual(runWithFaults(open(left()), actions, plan), straight);
    }),
    propertyRuns(100),
  );
});
