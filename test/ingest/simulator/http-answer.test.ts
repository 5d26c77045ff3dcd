import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { answerTo, type Representation } from "../../../src/ingest/simulator/http-answer.ts";
import { propertyRuns } from "../property-runs.ts";

const MODIFIED_MS = Date.UTC(2026, 0, 1, 0, 15);
const MODIFIED = "Thu, 01 Jan 2026 00:15:00 GMT";
const it: Representation = {
  bytes: Buffer.from("0123456789"),
  type: "text/plain",
  tag: "abc",
  modifiedMs: MODIFIED_MS,
};

const read = (headers: Record<string, string>, of: Representation = it) => {
  const { status, headers: sent, body } = answerTo(headers, of);
  return { status, body: body.toString(), range: sent["content-range"] };
};

describe("answers", () => {
  test("hold everything, with what is needed to ask again", () => {
    const { status, headers, body } = answerTo({}, it);
    assert.equal(status, 200);
    assert.equal(body.toString(), "0123456789");
    assert.deepEqual(headers, {
      etag: '"abc"',
      "last-modified": MODIFIED,
      "accept-ranges": "bytes",
      "content-type": "text/plain",
      "content-length": 10,
    });
  });

  for (const [headers, status] of [
    [{ "if-none-match": '"abc"' }, 304],
    [{ "if-none-match": 'W/"abc"' }, 304],
    [{ "if-none-match": '"x", "abc"' }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"x"' }, 200],
    [{ "if-modified-since": MODIFIED }, 304],
    [{ "if-modified-since": "Thu, 01 Jan 2026 00:14:59 GMT" }, 200],
    [{ "if-modified-since": "tomorrow" }, 200],
    // The tag outdoes the time.
    [{ "if-none-match": '"x"', "if-modified-since": MODIFIED }, 200],
    [{ "if-none-match": '"abc"', range: "bytes=0-1" }, 304],
  ] as const) {
    test(`${JSON.stringify(headers)} is answered with ${status}`, () => {
      const answer = answerTo(headers, it);
      assert.equal(answer.status, status);
      assert.equal(answer.body.length, status === 304 ? 0 : 10);
      assert.equal(answer.headers["etag"], '"abc"');
    });
  }

  for (const [range, status, body, contentRange] of [
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=9-20", 206, "9", "bytes 9-9/10"],
    ["bytes=-4", 206, "6789", "bytes 6-9/10"],
    ["bytes=-40", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    // What is no range, or several of them, is as if it were not there.
    ["bytes=5-2", 200, "0123456789", undefined],
    ["bytes=-", 200, "0123456789", undefined],
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
    ["lines=0-1", 200, "0123456789", undefined],
  ] as const) {
    test(`${range} is answered with ${status} ${contentRange ?? "and all of it"}`, () => {
      assert.deepEqual(read({ range }), { status, body, range: contentRange });
    });
  }

  test("are a part only of what the asker has the rest of", () => {
    const range = "bytes=8-";
    assert.equal(read({ range, "if-range": '"abc"' }).status, 206);
    assert.equal(read({ range, "if-range": MODIFIED }).status, 206);
    assert.equal(read({ range, "if-range": '"old"' }).status, 200);
    assert.equal(read({ range, "if-range": "Thu, 01 Jan 2026 00:00:00 GMT" }).status, 200);
  });

  test("of an empty file have no range", () => {
    const empty = { ...it, bytes: Buffer.alloc(0) };
    assert.equal(read({}, empty).status, 200);
    assert.equal(read({ range: "bytes=0-" }, empty).status, 416);
    assert.equal(read({ range: "bytes=-5" }, empty).status, 416);
  });

  test("in parts, put together, are the whole", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (bytes, step) => {
          const of = { ...it, bytes: Buffer.from(bytes) };
          const parts: Buffer[] = [];
          for (let from = 0; from < bytes.length; from += step) {
            const { status, body } = answerTo({ range: `bytes=${from}-${from + step - 1}` }, of);
            assert.equal(status, 206);
            parts.push(body);
          }
          assert.deepEqual(Buffer.concat(parts), of.bytes);
        },
      ),
      propertyRuns(100),
    );
  });
});
