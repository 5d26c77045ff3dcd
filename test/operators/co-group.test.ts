import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Batch, byteColumn, type Rows, valueBatch } from "../../src/operators/batch.ts";
import { coGroup, type GroupHandler, type Groups } from "../../src/operators/co-group.ts";
import type { OperatorContext, SliceClose } from "../../src/operators/operator.ts";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import type { Segment, WindowStore } from "../../src/state/window-store.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { type Action, act, faults, runWithFaults } from "./fault-script.ts";
import { batchOf, OperatorHarness, type Row, rowsOf } from "./operator-harness.ts";

const SLICE_MS = 10;
const WINDOW_MS = 100;

/** A row says to which group it belongs, and of which time it speaks; it comes in its own slice. */
interface Entry {
  readonly id: number;
  readonly aboutMs: number;
}
type Inputs = { readonly a: Rows<Entry>; readonly b: Rows<Entry> };

/** Emits for each changed group how many rows of either side it holds, and keeps two windows. */
class Counting implements GroupHandler<Inputs, Rows<string>> {
  private readonly out: string[] = [];
  readonly sides = {
    a: (batch: Batch<Rows<Entry>>, groups: Groups) => this.append(0, batch, groups),
    b: (batch: Batch<Rows<Entry>>, groups: Groups) => this.append(1, batch, groups),
  };

  private append(tag: number, batch: Batch<Rows<Entry>>, groups: Groups): void {
    for (let row = 0; row < batch.length; row++) {
      const { id, aboutMs } = batch.rows.at(row);
      if (id === 13) throw new Error("thrown by the handler");
      groups.open(aboutMs).append(0, id, tag, new Uint8Array(0), 0, 0);
      groups.mark(batch.timestampsMs[row]!, windowOf(aboutMs), 0, id);
    }
  }

  visit(segment: Segment, head: number, close: SliceClose): void {
    const counts = [0, 0];
    for (let at = head; at >= 0; at = segment.previous) {
      segment.at(at);
      counts[segment.tag]!++;
    }
    const slice = close.sliceMs === END_OF_STREAM ? "end" : close.sliceMs;
    this.out.push(`${slice}: ${segment.low} of ${segment.id} has ${counts.join("+")}`);
  }

  *afterClose({ streamTimeMs }: SliceClose, groups: Groups): Generator<Batch<Rows<string>>> {
    const values = this.out.splice(0).sort();
    if (values.length > 0) yield output(values);
    for (const id of groups.rows.segmentIds()) {
      if (groups.rows.timeOf(id + 2) <= streamTimeMs) groups.rows.drop(id);
    }
  }
}

const windowOf = (timeMs: number): number => Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;
const output = (values: readonly string[]): Batch<Rows<string>> =>
  valueBatch(values, {
    partition: 0,
    keys: byteColumn(values.map(() => new Uint8Array(0))),
    timestampsMs: new Float64Array(values.length),
  });

const stores = [
  { kind: "window", name: "rows", segmentMs: WINDOW_MS },
  { kind: "window", name: "changes", segmentMs: SLICE_MS },
] as const;

function open(
  handler: (context: OperatorContext) => GroupHandler<Inputs, Rows<string>> = () => new Counting(),
  spill = false,
): OperatorHarness<Inputs, Rows<string>> {
  const operator = coGroup<Inputs, Rows<string>>({
    rows: "rows",
    changes: "changes",
    open: handler,
  });
  return new OperatorHarness(operator, ["a", "b"], stores, { spill });
}

const row = (at: number, id: number, aboutMs = at): Row<Entry> => ({ at, value: { id, aboutMs } });
const texts = (batches: readonly Batch<Rows<string>>[]) =>
  batches.flatMap(rowsOf).map(({ value }) => value);

test("coGroup emits nothing while nothing comes, and ends with its inputs and the slices", () => {
  const harness = open();
  assert.deepEqual(harness.close(0), []);
  assert.deepEqual(harness.push("a", batchOf<Entry>([])), []);
  assert.equal(harness.complete(), true);
});

test("a group is visited once when its slice closes, whatever inputs and rows changed it", () => {
  const harness = open();
  assert.deepEqual(harness.push("a", batchOf([row(1, 7), row(2, 7), row(3, 8)])), []);
  assert.deepEqual(harness.push("b", batchOf([row(1, 7), row(11, 7)])), []);
  assert.deepEqual(texts(harness.close(0)), ["0: 7 of 0 has 2+2", "0: 8 of 0 has 1+0"]);
  assert.deepEqual(texts(harness.close(10)), ["10: 7 of 0 has 2+2"]);
  assert.deepEqual(texts(harness.close(10)), []);
});

test("a row that speaks of the past changes its group there, and is visited with its own slice", () => {
  const harness = open();
  harness.push("a", batchOf([row(5, 7)]));
  harness.close(0);
  harness.push("b", batchOf([row(105, 7, 5), row(106, 7, 106)]));
  assert.deepEqual(texts(harness.close(100)), ["100: 7 of 0 has 1+1", "100: 7 of 1 has 0+1"]);
});

test("a slice that closes again visits what has changed since", () => {
  const harness = open();
  harness.push("a", batchOf([row(5, 7)]));
  harness.close(0);
  harness.close(10);
  harness.push("a", batchOf([row(5, 8)]));
  assert.deepEqual(texts(harness.close(10, 2)), []);
  assert.deepEqual(texts(harness.close(0, 2)), ["0: 8 of 0 has 1+0"]);
});

test("the end of the stream visits what every open slice has changed", () => {
  const harness = open();
  harness.push("a", batchOf([row(5, 7), row(15, 8), row(225, 9)]));
  assert.deepEqual(texts(harness.end()), [
    "end: 7 of 0 has 1+0",
    "end: 8 of 0 has 1+0",
    "end: 9 of 2 has 1+0",
  ]);
  for (const store of harness.stores.values()) assert.equal(store.entries, 0);
});

test("a group whose rows have been dropped is not visited", () => {
  const harness = open();
  harness.push("a", batchOf([row(5, 7)]));
  harness.close(0);
  harness.push("a", batchOf([row(305, 7, 5)]));
  (harness.stores.get("rows") as WindowStore).drop(0);
  assert.deepEqual(texts(harness.close(300)), []);
});

test("a handler can mark groups as a slice closes, and see whether a slice has changes", () => {
  const seen: boolean[] = [];
  class Rippling extends Counting {
    beforeClose({ sliceMs }: SliceClose, groups: Groups): void {
      seen.push(groups.hasChanges(sliceMs));
      groups.mark(sliceMs, 0, 0, 7);
    }
  }
  const harness = open(() => new Rippling());
  harness.push("a", batchOf([row(5, 7)]));
  harness.close(0);
  assert.deepEqual(texts(harness.close(10)), ["10: 7 of 0 has 1+0"]);
  assert.deepEqual(seen, [true, false]);
});

test("coGroup hands errors of the handler to the subscriber, and is right after a rollback", () => {
  const harness = open();
  harness.push("a", batchOf([row(1, 7)]));
  harness.commit();
  assert.throws(() => harness.push("a", batchOf([row(1, 8), row(1, 13)])), /thrown by the handler/);
  harness.rollback();
  assert.deepEqual(texts(harness.close(0)), ["0: 7 of 0 has 1+0"]);
});

const entry: fc.Arbitrary<Row<Entry>> = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: -3, max: 3 }), fc.nat(250))
  .map(([at, id, before]) => row(at, id, at - before));
const rows = fc.record({
  side: fc.constantFrom("a" as const, "b" as const),
  rows: fc.array(entry, { minLength: 1, maxLength: 5, size: "max" }),
});
const END: Action<Inputs> = { close: END_OF_STREAM };

test("what a close emits does not depend on the order of arrival, within a slice or between inputs", () => {
  const shuffled = fc
    .array(rows, { maxLength: 10, size: "max" })
    .chain((pushes) =>
      fc.tuple(
        fc.constant(pushes),
        fc.shuffledSubarray(pushes, { minLength: pushes.length, maxLength: pushes.length }),
      ),
    );
  fc.assert(
    fc.property(shuffled, ([pushes, otherwise]) => {
      const reversed = otherwise.map((push) => ({ ...push, rows: push.rows.toReversed() }));
      const [one, other] = [open(), open()];
      for (const push of pushes) act(one, push);
      for (const push of reversed) act(other, push);
      for (const slice of [0, 10, 20, 30]) {
        assert.deepEqual(texts(one.close(slice)), texts(other.close(slice)));
      }
    }),
    propertyRuns(100),
  );
});

test("coGroup commits the same rows under rollbacks and restarts, in memory or spilled", () => {
  const action: fc.Arbitrary<Action<Inputs>> = fc.oneof(
    { weight: 3, arbitrary: rows },
    { weight: 1, arbitrary: fc.record({ close: fc.constantFrom(0, 10, 20, 30) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 25, size: "max" }), faults, (script, plan) => {
      const faulty = open(() => new Counting(), true);
      try {
        assert.deepEqual(
          runWithFaults(faulty, [...script, END], plan),
          runWithFaults(open(), [...script, END], []),
        );
      } finally {
        faulty.dispose();
      }
    }),
    propertyRuns(60),
  );
});
