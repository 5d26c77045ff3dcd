import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../src/app/duration.ts";
import { ConfigError } from "../../src/record/errors.ts";

for (const [text, ms] of [
  ["500ms", 500],
  ["10s", 10_000],
  ["1.5h", 5_400_000],
  ["0s", 0],
  ["8d", 691_200_000],
] as const) {
  test(`${text} is ${ms} ms`, () => assert.equal(parseDuration("for", text), ms));
}

for (const text of ["", "10", "s", "-1s", "1 s", "1e3s", "10sec", "10S"]) {
  test(`"${text}" is no duration`, () => {
    assert.throws(
      () => parseDuration("slice-every", text),
      (error: unknown) => {
        assert(error instanceof ConfigError);
        assert.match(error.message, /--slice-every takes a duration/);
        assert.ok(error.message.includes(`"${text}"`));
        return true;
      },
    );
  });
}
