import assert from "node:assert/strict";
import { test } from "node:test";
import { LagWatch } from "../../../src/inspector/page/lag-watch.ts";
import { tasksOf } from "../../../src/inspector/page/placed-tasks.ts";
import type { GatheredState } from "../../../src/inspector/peers/gathering.ts";
import type { InputView, TaskView } from "../../../src/inspector/state-view.ts";

const input = (position: number, lag: number): InputView => ({
  ...{ node: "events-source", topic: "gdelt.events", partition: 0, position, end: position + lag },
  ...{ lagRecords: lag, lagSeconds: lag, watermark: null, rate: null },
});

const task = (of: InputView, state = "RUNNING"): TaskView => ({
  ...{ id: "1_0", isTable: false, state, inputs: [of], streamTime: null, stores: [] },
  ...{ counts: {}, restoreLeftBytes: 0 },
});

const application = (of: TaskView): GatheredState => ({
  ...{ at: 1, application: "app" },
  topologies: [{ hash: "abc", version: "1", replicas: ["one"] }],
  instances: [
    {
      ...{ at: 1, replica: "one", url: null, version: "1", hash: "abc" },
      ...{ state: "RUNNING", reason: null, problems: [] },
      threads: [{ name: "main", state: "RUNNING", at: 1, tasks: [of] }],
    },
  ],
});

/** Its health after it was seen so, one look after another. */
function healthAfter(looks: readonly (readonly [position: number, lag: number])[]) {
  const watch = new LagWatch();
  const states = looks.map(([position, lag]) => application(task(input(position, lag))));
  for (const state of states) watch.take(state);
  return watch.task(tasksOf(states.at(-1)!)[0]!);
}

const series = (of: (i: number) => readonly [number, number]) =>
  Array.from({ length: 12 }, (_, i) => of(i));

test("a lag is judged by how it goes, and not before it was seen for a while", () => {
  assert.equal(healthAfter(series((i) => [i, 5])), "ok");
  assert.equal(healthAfter(series((i) => [i, 100 + i])), "behind");
  assert.equal(healthAfter(series(() => [7, 100])), "stalled");
  assert.equal(healthAfter(series(() => [7, 0])), "ok");
  assert.equal(healthAfter(series((i) => [i, i === 8 ? 0 : 100 + i])), "ok");
  assert.equal(healthAfter(series(() => [7, 100]).slice(0, 9)), "ok");
});

test("a task that does not run is not well, whatever its lag", () => {
  const watch = new LagWatch();
  const health = (state: string) =>
    watch.task({ replica: "a", thread: "main", task: task(input(1, 0), state) });
  assert.deepEqual(["RUNNING", "RESTORING", "CREATED", "CLOSED"].map(health), [
    "ok",
    "restoring",
    "restoring",
    "down",
  ]);
});
