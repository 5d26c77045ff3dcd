import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../src/runtime/outbox.ts";
import type { OutgoingRecords } from "../../src/topology/topology.ts";

const rows = (partition: number, length: number): OutgoingRecords => ({
  ...{ partition, length, bytes: new Uint8Array(length), keys: null, ordinals: null },
  starts: Int32Array.from({ length }, (_, i) => i),
  ends: Int32Array.from({ length }, (_, i) => i + 1),
  ...{ timestampsMs: new Float64Array(length), headers: { kind: "test" } },
});
const end = (sliceMs: number) => ({ sliceMs, attempt: 1, from: "0_0", missing: [] });

const summary = (outbox: Outbox) =>
  outbox
    .all()
    .map(({ partition, length, control }) => [
      partition,
      length,
      control && [control.sliceMs, control.rows],
    ]);

test("an end marker travels with the last records of its partition, whatever else was sent since", () => {
  const outbox = new Outbox();
  outbox.add("t", rows(0, 2));
  outbox.add("t", rows(0, 3));
  outbox.add("t", rows(1, 4));
  for (const partition of [0, 1, 2]) outbox.end({ topic: "t", partition }, end(900));
  assert.deepEqual(summary(outbox), [
    [0, 2, null],
    [0, 3, [900, 5]],
    [1, 4, [900, 4]],
    [2, 0, [900, 0]],
  ]);
});

test("a marker after a marker is by itself, and rows after one begin anew", () => {
  const outbox = new Outbox();
  outbox.add("t", rows(0, 1));
  outbox.end({ topic: "t", partition: 0 }, end(900));
  outbox.end({ topic: "t", partition: 0 }, end(1800));
  outbox.add("t", rows(0, 2));
  outbox.end({ topic: "t", partition: 0 }, end(2700));
  assert.deepEqual(summary(outbox), [
    [0, 1, [900, 1]],
    [0, 0, [1800, 0]],
    [0, 2, [2700, 2]],
  ]);
});

test("what was taken out is not ended once more", () => {
  const outbox = new Outbox();
  outbox.add("t", rows(0, 1));
  const sent = outbox.save();
  outbox.load(sent);
  outbox.end({ topic: "t", partition: 0 }, end(900));
  assert.deepEqual(summary(outbox), [[0, 0, [900, 1]]]);
  assert.equal(outbox.isEmpty, false);
});

test("rows and markers of a slice that closes have its trace, beside their own headers", () => {
  const outbox = new Outbox();
  outbox.add("t", rows(0, 1));
  outbox.trace = { traceparent: "00-1-2-01" };
  outbox.add("t", rows(1, 1));
  for (const partition of [0, 1, 2]) outbox.end({ topic: "t", partition }, end(900));
  outbox.trace = {};
  outbox.add("t", rows(0, 1));
  assert.deepEqual(
    outbox.all().map(({ partition, headers }) => [partition, headers]),
    [
      [0, { kind: "test", traceparent: "00-1-2-01" }],
      [1, { kind: "test", traceparent: "00-1-2-01" }],
      [2, { traceparent: "00-1-2-01" }],
      [0, { kind: "test" }],
    ],
  );
});
