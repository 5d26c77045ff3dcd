import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonSerde, utf8Serde } from "../../src/operators/serde.ts";
import { propertyRuns } from "../sources/property-runs.ts";

test("text and JSON come back as they were", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(utf8Serde.decode(utf8Serde.encode(text)), text);
    }),
    propertyRuns(100),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const serde = jsonSerde<typeof value>();
      assert.equal(JSON.stringify(serde.decode(serde.encode(value))), JSON.stringify(value));
    }),
    propertyRuns(100),
  );
  assert.equal(utf8Serde.decode(utf8Serde.encode("\ufeffwith a mark")), "\ufeffwith a mark");
});

test("bytes that are no text are a RecordError, not replacement characters", () => {
  assert.throws(() => utf8Serde.decode(Uint8Array.of(0x61, 0xff)), {
    name: "RecordError",
    message: "2 bytes are not UTF-8 text",
  });
  assert.throws(() => jsonSerde().decode(Uint8Array.of(0x22, 0xff, 0x22)), { name: "RecordError" });
});

test("text that is no JSON is a RecordError with its beginning and its cause", () => {
  assert.throws(
    () => jsonSerde().decode(Buffer.from(`{"a": ${"x".repeat(200)}`)),
    (error: Error) => {
      assert.equal(error.name, "RecordError");
      assert.match(error.message, /^not JSON: \{"a": x{74}$/);
      assert.ok(error.cause instanceof SyntaxError);
      return true;
    },
  );
});
