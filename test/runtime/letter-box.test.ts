import assert from "node:assert/strict";
import { test } from "node:test";
import { byteColumn } from "../../src/operators/batch.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { LetterBox } from "../../src/runtime/letter-box.ts";
import { Outbox } from "../../src/runtime/outbox.ts";
import type { DeadLetterTopic } from "../../src/topology/topology.ts";

const clock = { nowMs: () => 0 };
const records = {
  ...byteColumn([Buffer.from("row")]),
  ...{ topic: "raw", partition: 5, length: 1, keys: null, ordinals: null, headers: {} },
  ...{ timestampsMs: Float64Array.of(0), control: null, firstOffset: 70, nextOffset: 71 },
};
const letter = { records, row: 0, reason: "no row: of what\nis there" };
const topic: DeadLetterTopic = {
  topic: "letters",
  serialize: (letters) => ({ ...letters[0]!.records, partition: 5 }),
};

test("refused rows and ends of a task go to one partition that the topic has", () => {
  const outbox = new Outbox();
  const box = new LetterBox(topic, 5, 3);
  box.add(letter);
  assert.deepEqual([box.send(outbox, clock), box.send(outbox, clock)], [{ "raw.no row": 1 }, {}]);
  box.end(outbox, { sliceMs: 0, attempt: 1, from: "0_5", missing: [] });
  const sent = outbox.all().map(({ partition, length, control }) => [partition, length, control]);
  const end = { sliceMs: 0, attempt: 1, from: "0_5", missing: [], rows: 1 };
  assert.deepEqual(sent, [[2, 1, end]]);
});

test("a refused row without a topic for it stops the task, by its place", () => {
  const box = new LetterBox(null, 5, 0);
  box.end(new Outbox(), { sliceMs: 0, attempt: 1, from: "0_5", missing: [] });
  box.add(letter);
  const error = { name: ConfigError.name, message: /no row: .*, raw-5 offset 70.*dead letters/s };
  assert.throws(() => box.send(new Outbox(), clock), error);
});
