import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinWindow } from "../../src/operators/join-window.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { Hash128 } from "../../src/record/hash.ts";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import type { WindowStore } from "../../src/state/window-store.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { type Action, act, faults, runWithFaults } from "./fault-script.ts";
import {
  actions,
  type Inputs,
  type JoinCase,
  joinCase,
  NaiveJoin,
  openJoin,
} from "./join-model.ts";
import { batchOf, type Row, rowsOf } from "./operator-harness.ts";

const END: Action<Inputs> = { close: END_OF_STREAM };

const simple: JoinCase = {
  beforeMs: 10,
  afterMs: 5,
  graceMs: 0,
  rowsMs: 10,
  dueMs: 10,
  left: false,
};
const row = (at: number, value: string, key = "k"): Row<string> => ({ key, value, at });

test("joinWindow emits nothing while nothing comes, and ends with its inputs and the slices", () => {
  const harness = openJoin(simple);
  assert.deepEqual(harness.close(0), []);
  assert.deepEqual(harness.push("event", { ...batchOf([row(20, "e")]), length: 0 }), []);
  assert.deepEqual(harness.end(), []);
  assert.equal(harness.complete(), true);
});

test("a primary row joins every combination in its window, when the slice of its end closes", () => {
  const harness = openJoin(simple);
  harness.push("gkg", batchOf([row(25, "g2"), row(26, "late g"), row(10, "g1")]));
  harness.push("event", batchOf([row(20, "e")]));
  harness.push("mention", batchOf([row(22, "m"), row(9, "early m"), row(22, "other", "x")]));
  assert.deepEqual(harness.close(10), []);
  assert.deepEqual(harness.close(20).flatMap(rowsOf), [row(22, "m e g1"), row(25, "m e g2")]);
  assert.deepEqual(harness.close(30), []);
});

test("a required side without a row drops the primary row, an optional one gives undefined", () => {
  for (const left of [false, true]) {
    const harness = openJoin({ ...simple, left });
    harness.push("event", batchOf([row(20, "e")]));
    harness.push("mention", batchOf([row(20, "m")]));
    assert.deepEqual(harness.end().flatMap(rowsOf), left ? [row(20, "m e -")] : []);
  }
});

test("rows within the grace still join; later ones are counted and dropped", () => {
  const harness = openJoin({ ...simple, graceMs: 10, left: true });
  harness.push("event", batchOf([row(4, "e")]));
  harness.close(0);
  harness.push("mention", batchOf([row(4, "m")]));
  assert.deepEqual(harness.counters, {});
  assert.deepEqual(harness.close(10).flatMap(rowsOf), [row(4, "m e -")]);
  harness.push("event", batchOf([row(4, "too late"), row(5, "in time")]));
  assert.deepEqual(harness.counters, { "dropped.late": 1 });
});

test("rows that a step upstream emits as their slice closes are not late", () => {
  const harness = openJoin({ ...simple, left: true });
  harness.advance(0);
  harness.push("event", batchOf([row(1, "e")]));
  harness.push("mention", batchOf([row(1, "m")]));
  assert.deepEqual(harness.close(0).flatMap(rowsOf), [row(1, "m e -")]);
  assert.deepEqual(harness.counters, {});
});

test("a slice that closes again emits nothing twice", () => {
  const harness = openJoin({ ...simple, left: true });
  harness.push("event", batchOf([row(1, "e")]));
  harness.push("mention", batchOf([row(1, "m")]));
  assert.equal(harness.close(0).flatMap(rowsOf).length, 1);
  harness.push("mention", batchOf([row(1, "again")]));
  assert.deepEqual(harness.close(0, 2), []);
  assert.deepEqual(harness.end(), []);
});

test("joinWindow fails clearly on rows without keys, and says which side had none", () => {
  assert.throws(() => openJoin(simple).push("gkg", batchOf([{ value: "x", at: 0 }])), {
    name: "TopologyError",
    message: /side gkg of joinWindow over rows got rows without keys/,
  });
});

test("joinWindow refuses windows without end and a primary side that is missing or optional", () => {
  const side = { serde: jsonSerde<string>() };
  const spec = { rows: "rows", changes: "due", primary: "a", beforeMs: 0, afterMs: 0 } as const;
  const join = () => "";
  const refused = (message: RegExp, make: () => unknown) =>
    assert.throws(make, { name: "TopologyError", message });
  refused(/afterMs is Infinity/, () =>
    joinWindow({ ...spec, sides: { a: side }, afterMs: Number.POSITIVE_INFINITY, join }),
  );
  refused(/beforeMs is -1/, () => joinWindow({ ...spec, sides: { a: side }, beforeMs: -1, join }));
  refused(/graceMs is NaN/, () =>
    joinWindow({ ...spec, sides: { a: side }, graceMs: Number.NaN, join }),
  );
  refused(/primary side "a".*not an optional one/, () =>
    joinWindow({ ...spec, sides: { a: { ...side, optional: true } }, join }),
  );
  refused(/primary side "a" has to be one of its sides \(b\)/, () =>
    // @ts-expect-error: the primary side has to be one of the sides
    joinWindow({ ...spec, sides: { b: side }, join }),
  );
});

test("joinWindow hands an error of join to the subscriber, and is right again after a rollback", () => {
  const harness = openJoin({ ...simple, left: true });
  harness.push("event", batchOf([row(1, "e")]));
  harness.commit();
  harness.push("mention", batchOf([row(1, "boom")]));
  assert.throws(() => harness.end(), /thrown by the user/);
  harness.rollback();
  harness.push("mention", batchOf([row(1, "m")]));
  assert.deepEqual(harness.end().flatMap(rowsOf), [row(1, "m e -")]);
});

test("many rows come out in batches of bounded size", () => {
  const harness = openJoin({ ...simple, left: true });
  const rows = (value: string) => Array.from({ length: 60 }, (_, i) => row(1, `${value}${i}`));
  for (const side of ["event", "mention"] as const) harness.push(side, batchOf(rows(side)));
  const batches = harness.end();
  assert.ok(batches.every(({ length }) => length <= 1024));
  assert.equal(new Set(batches.flatMap(rowsOf).map(({ value }) => value)).size, 3600);
});

/** Runs the operator and the naive join side by side. */
function compare(spec: JoinCase, script: readonly Action<Inputs>[]): void {
  const harness = openJoin(spec);
  const naive = new NaiveJoin(spec);
  for (const action of [...script, END]) {
    const emitted = act(harness, action);
    assert.deepEqual(emitted.flatMap(rowsOf), naive.act(action));
    if ("close" in action) checkDropped(harness.stores.get("rows") as WindowStore, naive);
  }
  assert.deepEqual(harness.counters, naive.late === 0 ? {} : { "dropped.late": naive.late });
  for (const store of harness.stores.values()) assert.equal(store.entries, 0, store.name);
}

function checkDropped(rows: WindowStore, naive: NaiveJoin): void {
  for (const id of rows.segmentIds()) {
    // All times here are whole: the last of a segment.
    assert.ok(naive.isReachable(rows.timeOf(id + 1) - 1), `segment ${id} is of no use any more`);
  }
}

test("joinWindow equals the naive join for any rows, windows, keys, and order of arrival", () => {
  fc.assert(fc.property(joinCase, actions, compare), propertyRuns(300));
});

test("joinWindow equals the naive join when the hashes of all keys are equal", (t) => {
  t.mock.method(Hash128.prototype, "update", function (this: Hash128) {
    return Object.assign(this, { a: 1, b: -1, c: 0, d: 0 });
  });
  fc.assert(fc.property(joinCase, actions, compare), propertyRuns(100));
});

test("joinWindow commits the same rows under rollbacks and restarts, in memory or spilled", () => {
  fc.assert(
    fc.property(joinCase, actions, faults, (spec, script, plan) => {
      const straight = openJoin(spec);
      const faulty = openJoin(spec, true);
      try {
        assert.deepEqual(
          runWithFaults(faulty, [...script, END], plan),
          runWithFaults(straight, [...script, END], []),
        );
        assert.deepEqual(faulty.counters, straight.counters);
      } finally {
        faulty.dispose();
      }
    }),
    propertyRuns(100),
  );
});
