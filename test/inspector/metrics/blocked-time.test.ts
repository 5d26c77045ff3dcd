import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockedTime } from "../../../src/inspector/metrics/blocked-time.ts";

test("each moment between a failure and the next commit is counted once", () => {
  const blocked = new BlockedTime();
  const isOpen = () => true;
  assert.equal(blocked.committed("0_0", 70, 1000), 70);
  blocked.failed("0_0", 2000);
  blocked.failed("0_0", 2500);
  assert.deepEqual([...blocked.passed(isOpen, 3000)], [["0_0", 1000]]);
  assert.deepEqual([...blocked.passed(isOpen, 3200)], [["0_0", 200]]);
  assert.equal(blocked.committed("0_0", 50, 3300), 100);
  assert.deepEqual([...blocked.passed(isOpen, 4000)], []);
});

test("whoever has left blocks nothing any more", () => {
  const blocked = new BlockedTime();
  blocked.failed("0_0", 0);
  assert.deepEqual([...blocked.passed(() => false, 500)], []);
  assert.deepEqual([...blocked.passed(() => true, 900)], []);
});
