import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskCounters } from "../../src/runtime/task-counters.ts";

test("what a commit has counted are its changes, and apart from them what was added", () => {
  const counters = new TaskCounters();
  counters.load({ waiting: 4 });
  counters.count("waiting", 2);
  counters.count("waiting", -3);
  counters.count("complete", 3);
  assert.deepEqual(counters.totals, { waiting: 3, complete: 3 });
  const { counted } = counters;
  assert.deepEqual(counted, {
    net: { waiting: -1, complete: 3 },
    added: { waiting: 2, complete: 3 },
  });
  counters.committed();
  counters.count("complete", 1);
  assert.deepEqual(counted.net, { waiting: -1, complete: 3 }, "what was told stays as it is");
  assert.deepEqual(counters.counted.net, { complete: 1 });
});

test("what was counted and not committed is gone after a rollback", () => {
  const counters = new TaskCounters();
  counters.count("complete", 3);
  counters.load({ complete: 1 });
  assert.deepEqual(counters.totals, { complete: 1 });
  assert.deepEqual(counters.counted, { net: {}, added: {} });
});
