import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePositions, openFeedingLog } from "../../src/app/lake-positions.ts";
import { ConfigError } from "../../src/record/errors.ts";
import type { Log } from "../../src/runtime/ports.ts";

interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** What is said of a table whose topic has these bounds, and which is at these positions. */
function compare(
  bounds: readonly Bounds[],
  positions: readonly (number | null)[],
  isAtRest = false,
  application = "app",
) {
  const log = {
    partitions: async (topic: string) => (topic === "gdelt.silver.events" ? bounds.length : 0),
    bounds: async ({ partition }: { partition: number }) => bounds[partition]!,
  } as unknown as Log;
  const transactions = new Map(
    positions.flatMap((version, partition) => {
      const appId = `${application}/1/silver-events-lake/gdelt.silver.events-${partition}`;
      return version === null ? [] : [[appId, { appId, version }] as const];
    }),
  );
  const feeding = { log, application: "app", place: null, access: {} };
  return comparePositions(feeding, { node: "silver-events-lake", transactions }, isAtRest);
}

test("a table that has all of its topic is right, at rest too", async () => {
  const bounds = [
    { start: 0, end: 7 },
    { start: 5, end: 9 },
    { start: 0, end: 0 },
  ];
  const right = { findings: [], behind: 0 };
  assert.deepEqual(await compare(bounds, [7, 9, null]), right);
  assert.deepEqual(await compare(bounds, [7, 9, null], true), right);
});

test("what is still to come is counted, and wrong only at rest", async () => {
  const bounds = [
    { start: 0, end: 7 },
    { start: 0, end: 9 },
  ];
  assert.deepEqual(await compare(bounds, [4, null]), { findings: [], behind: 12 });
  assert.deepEqual(await compare(bounds, [4, null], true), {
    findings: [
      "gdelt.silver.events-0 ends at offset 7, and the table is at 4: 3 offsets are still to come",
      "gdelt.silver.events-1 ends at offset 9, and the table has none of it: 9 offsets are still to come",
    ],
    behind: 12,
  });
});

test("a table that has more than its log is of another log", async () => {
  const { findings, behind } = await compare([{ start: 0, end: 7 }], [8]);
  assert.deepEqual(findings, [
    "gdelt.silver.events-0 ends at offset 7, and the table is at 8: " +
      "its rows are of another log, or this one has lost rows",
  ]);
  assert.equal(behind, 0);
});

test("a table that the log has left behind will never have what was between", async () => {
  const bounds = [
    { start: 6, end: 9 },
    { start: 6, end: 9 },
  ];
  const { findings } = await compare(bounds, [5, null]);
  assert.deepEqual(findings, [
    "gdelt.silver.events-0 begins at offset 6, and the table is at 5: " +
      "what was between is not in the log any more",
    "gdelt.silver.events-1 begins at offset 6, and the table has none of it: " +
      "what was between is not in the log any more",
  ]);
});

test("a topic that is not there, and positions of another application, are no positions", async () => {
  const { findings } = await compare([], [7]);
  assert.deepEqual(findings, [
    "it is fed from topic gdelt.silver.events, which the log does not have",
  ]);
  const others = await compare([{ start: 0, end: 7 }], [7], true, "another");
  assert.equal(others.findings.length, 1);
});

test("one log at most is named", async () => {
  const clock = { nowMs: () => 0 };
  assert.equal(await openFeedingLog({}, clock), null);
  await assert.rejects(openFeedingLog({ data: "a", kafka: "b:1" }, clock), ConfigError);
});
