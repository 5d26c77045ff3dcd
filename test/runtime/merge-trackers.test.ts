import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeTrackers } from "../../src/runtime/merge-trackers.ts";
import type { TrackerState } from "../../src/runtime/slice-tracker.ts";

const state = (of: Partial<TrackerState>): TrackerState => ({
  closed: [],
  pending: [],
  watermarks: [],
  idle: [],
  streamTimeMs: 20,
  startMs: 10,
  ...of,
});

const same = (closer: string) => [closer];

test("the slices that the tasks have closed are closed for all", () => {
  const one = state({
    closed: [
      [10, 1, ["gkg"]],
      [20, 1, []],
    ],
  });
  const other = state({ closed: [[10, 2, []]], streamTimeMs: 10 });
  const { closed, streamTimeMs, startMs } = mergeTrackers([one, other], same);
  assert.deepEqual(closed, [
    [10, 2, []],
    [20, 1, []],
  ]);
  assert.deepEqual([streamTimeMs, startMs], [20, 10]);
});

test("a promise holds as far as each has it, by all who take the place of its giver", () => {
  const states = [
    state({ watermarks: [["t|0_0", 30]], idle: ["t|0_1"] }),
    state({ watermarks: [["t|0_1", 20]], idle: ["t|0_0", "t|0_1"] }),
  ];
  const renumber = () => ["t|0_0", "t|0_1", "t|0_2"];
  const { watermarks, idle } = mergeTrackers(states, renumber);
  assert.deepEqual(new Map(watermarks), new Map(renumber().map((closer) => [closer, 20])));
  assert.deepEqual(idle, renumber());
});
