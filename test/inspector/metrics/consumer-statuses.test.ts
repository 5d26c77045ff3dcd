import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsumerStatuses } from "../../../src/inspector/metrics/consumer-statuses.ts";
import type { RunnerStatus } from "../../../src/runtime/runner-status.ts";

/** How a task stands whose only input is at `position` of `end`. */
function runner(position: number, end: number): RunnerStatus {
  const slices = { watermarkMs: null, oldestOpenMs: null, isIdle: false };
  const at = { node: "in", topic: "in", partition: 0, start: 0, oldestMs: null };
  const nothing = { streamTimeMs: null, stores: [], counts: {}, restoreLeftBytes: 0, files: null };
  const inputs = [{ ...at, position, end, ...slices }];
  return { id: "0_0", isTable: false, state: "RUNNING", inputs, ...nothing };
}

interface Look {
  readonly position: number;
  readonly end: number;
  readonly commits?: boolean;
}

/** What is said at the last of these looks, which are `apartMs` apart. */
function judged(looks: readonly Look[], apartMs = 10_000): string {
  const statuses = new ConsumerStatuses();
  const committedMs = new Map<string, number>();
  let said = "";
  for (const [at, { position, end, commits = true }] of looks.entries()) {
    const nowMs = at * apartMs;
    if (commits) committedMs.set("0_0", nowMs);
    said = [...statuses.judge([runner(position, end)], committedMs, nowMs).values()][0]!;
  }
  return said;
}

const looks = (count: number, look: (at: number) => Look) =>
  Array.from({ length: count }, (_, at) => look(at));

test("one that comes to the end is read well, however far behind it was", () => {
  assert.equal(judged(looks(10, (at) => ({ position: at === 4 ? 99 : 0, end: 99 }))), "OK");
  assert.equal(judged(looks(10, (at) => ({ position: 5 * at, end: 1000 + at }))), "OK");
});

test("one that stands still before records is stalled, after ten looks and not before", () => {
  const stands = { position: 5, end: 9 };
  assert.equal(judged(looks(9, () => stands)), "UNKNOWN");
  assert.equal(judged(looks(10, () => stands)), "STALL");
  assert.equal(
    judged(
      looks(30, () => stands),
      1000,
    ),
    "UNKNOWN",
    "looks that are close are one",
  );
});

test("one that is read while nothing is committed has stopped", () => {
  const back = looks(12, (at) => ({ position: at % 3, end: 50, commits: at === 0 }));
  assert.equal(judged(back), "STOP");
});

test("one whose lag grows although it is read is warned of", () => {
  assert.equal(judged(looks(10, (at) => ({ position: at, end: 100 + 3 * at }))), "WARN");
});

test("what was seen of one that has left is forgotten", () => {
  const statuses = new ConsumerStatuses();
  for (let at = 0; at < 10; at++) statuses.judge([runner(1, 9)], new Map(), at * 10_000);
  statuses.judge([], new Map(), 100_000);
  const [said] = statuses.judge([runner(1, 9)], new Map(), 110_000).values();
  assert.equal(said, "UNKNOWN");
});
