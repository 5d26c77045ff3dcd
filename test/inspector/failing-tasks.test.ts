import assert from "node:assert/strict";
import { test } from "node:test";
import { FailingTasks } from "../../src/inspector/failing-tasks.ts";

const nodeOf = (task: string) => ({ name: `node-${task[0]}`, isTable: task.startsWith("1") });
const failed = (task: string, message: string) =>
  ({ kind: "commit-failed", task, cause: new Error(message), sliceMs: null }) as const;

test("who fails is told since the first failure, with the reason of the newest", () => {
  const failing = new FailingTasks();
  failing.take(failed("0_0", "first"), 1000);
  failing.take(failed("1_0", "x".repeat(1000)), 1500);
  failing.take(failed("0_0", "second"), 2000);
  const [join, table] = failing.among(["0_0", "1_0", "1_1"], nodeOf);
  assert.deepEqual(join, {
    ...{ task: "0_0", isTable: false, node: "node-0", sinceMs: 1000, reason: "second" },
  });
  assert.deepEqual([table!.isTable, table!.reason.length], [true, 300]);
});

test("who has recovered, or has left, fails no more", () => {
  for (const end of ["recovered", "left"] as const) {
    const failing = new FailingTasks();
    failing.take(failed("0_0", "away"), 0);
    if (end === "recovered") failing.take({ kind: "task-recovered", task: "0_0" }, 1);
    const open = end === "left" ? [] : ["0_0"];
    assert.deepEqual(failing.among(open, nodeOf), [], end);
    assert.deepEqual(failing.among(["0_0"], nodeOf), [], end);
  }
});
