import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WireReader, WireWriter } from "../../../../src/sources/kafka/wire/request.ts";
import { propertyRuns } from "../../property-runs.ts";

test("what is written is read, in both forms of the protocol", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 });
  const property = fc.property(
    fc.array(text),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.maxSafeInteger(),
    (texts, int32, int64) => {
      const writer = new WireWriter();
      writer.list(texts, (each) => writer.string(each)).string(null);
      writer.compactList(texts, (each) => writer.compactString(each).noTags());
      writer.int32(int32).int64(int64).int16(-2).int8(-1);
      const reader = new WireReader(Buffer.from(writer.bytes()));
      assert.deepEqual(
        reader.list(() => reader.string()),
        texts,
      );
      assert.equal(reader.string(), "");
      const compact = reader.compactList(() => {
        const each = reader.compactString();
        reader.skipTags();
        return each;
      });
      assert.deepEqual(compact, texts);
      assert.deepEqual(
        [reader.int32(), reader.int64(), reader.int16(), reader.int8()],
        [int32, int64, -2, -1],
      );
    },
  );
  fc.assert(property, propertyRuns(200));
});

test("tags that a newer broker adds are skipped", () => {
  const two = Uint8Array.of(2, 0, 3, 9, 9, 9, 200, 1, 1, 9);
  const reader = new WireReader(Buffer.concat([two, Uint8Array.of(0, 7)]));
  reader.skipTags();
  assert.equal(reader.int16(), 7);
});
