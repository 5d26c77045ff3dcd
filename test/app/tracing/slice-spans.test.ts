import assert from "node:assert/strict";
import { test } from "node:test";
import { FeedSpans } from "../../../src/app/tracing/feed-spans.ts";
import { SliceSpans } from "../../../src/app/tracing/slice-spans.ts";
import type { Span } from "../../../src/app/tracing/span.ts";
import { stampOf } from "../../../src/gdelt/feeds.ts";
import type { SliceEntry } from "../../../src/ingest/slice-entry.ts";
import { END_OF_STREAM } from "../../../src/record/slice-end.ts";
import { fetchSpanId, publishSpanId, taskSpanId } from "../../../src/record/trace.ts";

const SLICE_MS = Date.UTC(2026, 0, 1);

function threadSpans() {
  const spans: Span[] = [];
  const state = { nowMs: 100 };
  const taken = new SliceSpans({
    generation: 2,
    nodeOf: (task) => `node-${task[0]}`,
    clock: { nowMs: () => state.nowMs },
    add: (span) => spans.push(span),
  });
  return { spans, state, taken };
}

const closed = (sliceMs: number, startMs: number) =>
  ({ kind: "slice-closed", task: "1_0", sliceMs, attempt: 1, startMs }) as const;
const committed = {
  kind: "task-committed" as const,
  ...{ task: "1_0", durationMs: 5, checkpointMs: 1, checkpointBytes: 1 },
  ...{ counted: { net: {}, added: {} }, inputs: {} },
} as const;

test("a slice that a task has closed is a span when it is committed", () => {
  const { spans, state, taken } = threadSpans();
  taken.take(closed(SLICE_MS, 40));
  taken.take(closed(END_OF_STREAM, 50));
  assert.equal(spans.length, 0);
  taken.take(committed);
  state.nowMs = 900;
  taken.take(committed);
  const id = { stage: "close", task: "1_0", generation: 2, attempt: 1 } as const;
  assert.deepEqual(spans, [
    {
      ...{ sliceMs: SLICE_MS, id: taskSpanId(SLICE_MS, id), parent: publishSpanId(SLICE_MS, 1) },
      ...{ name: "close node-1", startMs: 40, endMs: 100 },
      attributes: {
        ...{ "gdelt.slice": stampOf(SLICE_MS), "gdelt.task": "1_0" },
        ...{ "gdelt.generation": 2, "gdelt.attempt": 1 },
      },
    },
  ]);
});

test("what is undone is no span: it is closed again", () => {
  const { spans, taken } = threadSpans();
  taken.take(closed(SLICE_MS, 40));
  taken.take({ kind: "commit-failed", task: "1_0", cause: null, sliceMs: SLICE_MS });
  taken.take(committed);
  assert.deepEqual(spans, []);
});

test("a table is a span for each slice that has ended in it", () => {
  const { spans, taken } = threadSpans();
  const ended = [0, 1].map((n) => ({ sliceMs: SLICE_MS + n, rows: 7 + n }));
  taken.take({
    ...{ kind: "table-committed", task: "3_1", durationMs: 30, bytes: 1, records: 1, rows: 15 },
    ...{ ended, audits: { ok: 1, differs: 0 } },
  });
  assert.deepEqual(
    spans.map(({ name, startMs, endMs, attributes }) => [
      ...[name, startMs, endMs, attributes["gdelt.rows"]],
    ]),
    [
      ["commit node-3", 70, 100, 7],
      ["commit node-3", 70, 100, 8],
    ],
  );
  assert.notEqual(spans[0]!.id, spans[1]!.id);
});

test("the producer's spans are from when a slice was seen until it is in the log", () => {
  const spans: Span[] = [];
  let nowMs = 10;
  const taken = new FeedSpans({ nowMs: () => nowMs }, (span) => spans.push(span));
  const slice = stampOf(SLICE_MS);
  const entry = (attempt: number): SliceEntry => ({
    ...{ slice, attempt, feed: "gkg", status: "published", file: "f", checksum: null, bytes: 1 },
    ...{ rows: 4, reason: null, outcome: "ok", feeds: ["gkg"], missing: [] },
  });
  taken.take({ kind: "shown", slice });
  nowMs = 20;
  taken.take({ kind: "fetched", file: `${slice}.gkg.csv.zip`, bytes: 99 });
  nowMs = 30;
  taken.take({ kind: "published", slice, entries: [entry(1)] });
  taken.take({ kind: "published", slice, entries: [] });
  const root = publishSpanId(SLICE_MS, 1);
  assert.deepEqual(
    spans.map(({ id, parent, name, startMs, endMs }) => ({ id, parent, name, startMs, endMs })),
    [
      { id: root, parent: null, name: "publish", startMs: 10, endMs: 30 },
      { id: fetchSpanId(SLICE_MS, 1), parent: root, name: "fetch", startMs: 10, endMs: 20 },
    ],
  );
  nowMs = 500;
  taken.take({ kind: "published", slice, entries: [entry(2)] });
  assert.deepEqual([spans[2]!.parent, spans[2]!.startMs, spans.length], [root, 500, 3]);
});
