import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import { SliceTracker, type TrackedInput, WATERMARK } from "../../src/runtime/slice-tracker.ts";

const SLICE_MS = 1000;
const IDLE_TIMEOUT_MS = 50;
const unmarked: TrackedInput = {
  topic: "foreign",
  completeness: {
    markers: "none",
    sliceMs: SLICE_MS,
    graceMs: 0,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  },
  closers: [],
};
const repartition: TrackedInput = {
  topic: "repartition",
  completeness: { markers: "upstream-tasks" },
  closers: ["0_0", "0_1"],
};

const trackerOf = (...inputs: TrackedInput[]) => new SliceTracker(inputs, 1e9);
const rows = (tracker: SliceTracker, nowMs: number, ...timesMs: number[]) =>
  tracker.rows(unmarked, Float64Array.from(timesMs), nowMs);
const closed = (tracker: SliceTracker) =>
  [...tracker.closes()].map(({ sliceMs, attempt }) => `${sliceMs}/${attempt}`);
const end = (tracker: SliceTracker, from: string, sliceMs: number, attempt: number) =>
  tracker.end(repartition, { sliceMs, attempt, from, rows: 0, missing: [] });

describe("slices of an input without markers", () => {
  test("it is idle when it has been silent for long, and holds nothing open then", () => {
    const tracker = trackerOf(unmarked);
    rows(tracker, 0, 1500);
    assert.deepEqual(tracker.of(unmarked), { watermarkMs: 0, oldestOpenMs: 1000, isIdle: false });
    tracker.idle(unmarked, IDLE_TIMEOUT_MS);
    assert.deepEqual(tracker.of(unmarked), { watermarkMs: null, oldestOpenMs: null, isIdle: true });
  });

  test("close when event time has passed them", () => {
    const tracker = trackerOf(unmarked);
    rows(tracker, 0, 10, 900);
    assert.deepEqual(closed(tracker), []);
    rows(tracker, 0, 1000);
    assert.deepEqual(closed(tracker), ["0/1"]);
    assert.equal(tracker.promisedMs, 0);
  });

  test("re-open for rows that come late, as the next attempt", () => {
    const tracker = trackerOf(unmarked);
    rows(tracker, 0, 10, 2500, 20);
    assert.deepEqual(closed(tracker), ["0/1"]);
    rows(tracker, 0, 30);
    assert.deepEqual(closed(tracker), ["0/2"]);
    rows(tracker, 0, 1500);
    assert.deepEqual(closed(tracker), ["1000/1"]);
  });

  test("do not care for rows without a time", () => {
    const tracker = trackerOf(unmarked);
    rows(tracker, 0, Number.NaN);
    assert.deepEqual([closed(tracker), tracker.promisedMs], [[], Number.NEGATIVE_INFINITY]);
    rows(tracker, 0, 10, Number.NaN, 1000);
    assert.deepEqual(closed(tracker), ["0/1"]);
  });

  test("close when nothing comes for long, and wait again when something does", () => {
    const tracker = trackerOf(unmarked);
    rows(tracker, 0, 10);
    tracker.idle(unmarked, IDLE_TIMEOUT_MS - 1);
    assert.deepEqual(closed(tracker), []);
    tracker.idle(unmarked, IDLE_TIMEOUT_MS);
    assert.deepEqual(closed(tracker), ["0/1"]);
    const again = trackerOf(unmarked);
    again.load(tracker.save());
    for (const each of [tracker, again]) {
      rows(each, 60, 1100);
      rows(each, 70, 1200);
      assert.deepEqual([closed(each), each.promisedMs], [[], 0], "each batch an attempt");
      each.idle(unmarked, 70 + IDLE_TIMEOUT_MS);
      assert.deepEqual(closed(each), ["1000/1"]);
    }
  });
});

describe("slices of a repartition behind such an input", () => {
  const silence = END_OF_STREAM - 1;

  test("do not wait for an upstream task that is silent, until it speaks again", () => {
    const tracker = trackerOf(repartition);
    end(tracker, "0_1", silence, WATERMARK);
    end(tracker, "0_0", 0, 1);
    assert.deepEqual(closed(tracker), ["0/1"]);
    end(tracker, "0_1", 0, WATERMARK);
    end(tracker, "0_0", 1000, 1);
    assert.deepEqual(closed(tracker), []);
    end(tracker, "0_1", 1000, WATERMARK);
    assert.deepEqual(closed(tracker), ["1000/1"]);
  });

  test("are promised as far as all upstream tasks do, so that nobody further down waits", () => {
    const tracker = trackerOf(repartition);
    end(tracker, "0_0", 2000, WATERMARK);
    assert.equal(tracker.promisedMs, Number.NEGATIVE_INFINITY);
    end(tracker, "0_1", 1000, WATERMARK);
    assert.equal(tracker.promisedMs, 1000);
    end(tracker, "0_1", silence, WATERMARK);
    assert.equal(tracker.promisedMs, 2000);
    end(tracker, "0_0", silence, WATERMARK);
    assert.equal(tracker.promisedMs, silence);
  });

  test("close again when an upstream task re-opens them alone", () => {
    const tracker = trackerOf(repartition);
    end(tracker, "0_0", 0, 1);
    end(tracker, "0_0", 0, WATERMARK);
    end(tracker, "0_1", 0, WATERMARK);
    assert.deepEqual(closed(tracker), ["0/1"]);
    end(tracker, "0_1", 0, 1);
    assert.deepEqual(closed(tracker), ["0/1"]);
    end(tracker, "0_0", 0, 2);
    assert.deepEqual(closed(tracker), ["0/2"]);
  });
});

test("the oldest slice that an input has still to end is open in it, and not in the others", () => {
  const tracker = trackerOf(unmarked, repartition);
  rows(tracker, 0, 100, 5000);
  assert.equal(tracker.of(unmarked).oldestOpenMs, 5000);
  assert.equal(tracker.of(repartition).oldestOpenMs, 0);
  for (const task of repartition.closers) end(tracker, task, 0, 1);
  assert.deepEqual(closed(tracker), ["0/1"]);
  assert.equal(tracker.of(repartition).oldestOpenMs, 5000);
});
