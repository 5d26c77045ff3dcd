import assert from "node:assert/strict";
import { test } from "node:test";
import { UnreadableRows } from "../../../src/app/inspector/unreadable-rows.ts";

const MINUTE_MS = 60_000;

/** A commit that has read so many rows of a feed, of which some could not be used. */
const commit = (stream: string, records: number, letters: Record<string, number> = {}) => ({
  counted: {
    net: {},
    added: Object.fromEntries(
      Object.entries(letters).map(([reason, rows]) => [
        `dead-letters.gdelt.${stream}.${reason}`,
        rows,
      ]),
    ),
  },
  inputs: {
    [`${stream}-source`]: { records, lateMs: [], audits: { ok: 0, differs: 0 } },
  },
});

test("one row in a hundred is a slip, more are a problem of the feed", () => {
  const rows = new UnreadableRows();
  rows.take(commit("gkg", 1000, { field_count: 10 }), 0);
  rows.take(commit("events", 1000), 0);
  assert.deepEqual(rows.problems(0), []);
  rows.take(commit("gkg", 0, { bad_date: 1 }), MINUTE_MS);
  assert.deepEqual(rows.problems(MINUTE_MS), [
    {
      ...{ kind: "rows_unreadable", about: "gkg", since: 0 },
      reason: "11 of 1000 rows in half an hour, the last of them bad_date",
    },
  ]);
});

test("what was read half an hour ago counts no more", () => {
  const rows = new UnreadableRows();
  rows.take(commit("mentions", 10, { field_count: 5 }), 0);
  assert.equal(rows.problems(29 * MINUTE_MS).length, 1);
  assert.deepEqual(rows.problems(30 * MINUTE_MS), []);
  rows.take(commit("mentions", 10), 31 * MINUTE_MS);
  assert.deepEqual(rows.problems(31 * MINUTE_MS), []);
});
