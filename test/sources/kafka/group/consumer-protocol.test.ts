import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../../../../src/record/errors.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../../../src/sources/kafka/group/consumer-protocol.ts";
import { WireReader, WireWriter } from "../../../../src/sources/kafka/wire/request.ts";
import { propertyRuns } from "../../property-runs.ts";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const names = fc.array(text, { maxLength: 5 });

test("what a member says of itself is read as it was said, and its topics by everybody", () => {
  const local = fc.dictionary(fc.stringMatching(/^\d_\d+$/), fc.maxSafeInteger(), {
    noNullPrototype: true,
  });
  const info = fc.record(
    { process: text, topology: text, owned: names, local },
    { noNullPrototype: true },
  );
  const property = fc.property(names, info, fc.nat(), (topics, said, round) => {
    const bytes = encodeSubscription(topics, said, round);
    assert.deepEqual(decodeSubscription(bytes, "m"), said);
    assert.notDeepEqual(bytes, encodeSubscription(topics, said, round + 1));
    const reader = new WireReader(Buffer.from(bytes));
    assert.equal(reader.int16(), 0);
    assert.deepEqual(
      reader.list(() => reader.string()),
      topics,
    );
  });
  fc.assert(property, propertyRuns(200));
});

test("an assignment is read as it was given; none is an empty one", () => {
  const property = fc.property(names, names, (active, standby) => {
    const bytes = encodeAssignment({ active, standby });
    assert.deepEqual(decodeAssignment(bytes, "m"), { active, standby });
  });
  fc.assert(property, propertyRuns(200));
  assert.deepEqual(decodeAssignment(new Uint8Array(), "m"), { active: [], standby: [] });
});

test("a member of another version is named", () => {
  const frame = new WireWriter().int16(0).int32(0).blob(Buffer.from('{"version":2}')).bytes();
  const expected = (error: unknown) =>
    error instanceof ConfigError && /member m7 .* version 2 /.test(error.message);
  assert.throws(() => decodeSubscription(frame, "m7"), expected);
  assert.throws(() => decodeAssignment(frame, "m7"), expected);
});
