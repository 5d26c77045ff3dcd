import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { interpolate } from "../../src/deploy/interpolate.ts";
import { readStack } from "../../src/deploy/read-stack.ts";
import { stackDurationMs } from "../../src/deploy/stack-duration.ts";
import { ConfigError } from "../../src/record/errors.ts";

describe("variables of a stack file", () => {
  test("are filled in wherever there is text, but not in keys", () => {
    const tree = { [`\${A}`]: [`\${A}-\${B:-b}`, { c: `$$(cat \${A:?})` }], n: 1, none: null };
    assert.deepEqual(interpolate(tree, { A: "a" }), {
      [`\${A}`]: ["a-b", { c: "$(cat a)" }],
      n: 1,
      none: null,
    });
  });

  test("that are missing are named all at once, with what they are; an empty one is missing", () => {
    assert.throws(
      () => interpolate([`\${A:?the first}`, `\${B}`, `\${C:-c}`], { B: "" }),
      (error) => error instanceof ConfigError && /A \(the first\), B$/.test(error.message),
    );
  });
});

describe("a stack", () => {
  const text = `
x-any: &any { image: "\${IMAGE:?}", init: true }
services: { one: { <<: *any, init: false, configs: [my-file] } }
configs: { my-file: { name: "my_file_\${SHA_MY_FILE:?}", file: ./a.txt } }
`;
  const read = (content: string) =>
    readStack({ text, variables: { IMAGE: "a:1" }, contentOf: () => Buffer.from(content) });

  test("has the hash of its files in their names, the same for the same content", () => {
    const [one, again, other] = [read("a"), read("a"), read("b")].map(
      ({ stack }) => stack.configs["my-file"]?.name,
    );
    // printf a | sha256sum
    assert.equal(one, "my_file_ca978112ca1b");
    assert.equal(again, one);
    assert.notEqual(other, one);
    assert.equal(read("a").variables["SHA_MY_FILE"], "ca978112ca1b");
  });

  test("has what its anchors say, and its own words count for more", () => {
    assert.deepEqual(read("a").stack.services["one"], {
      image: "a:1",
      init: false,
      configs: ["my-file"],
    });
  });

  test("that is no YAML is a clear error", () => {
    assert.throws(
      () => readStack({ text: "services: [", variables: {}, contentOf: () => Buffer.of() }),
      ConfigError,
    );
  });
});

test("durations are those of Go", () => {
  assert.deepEqual(
    ["1m30s", "500ms", "2h", "0s"].map(stackDurationMs),
    [90_000, 500, 7_200_000, 0],
  );
  assert.deepEqual(["", "5", "s", "1d"].map(stackDurationMs), [NaN, NaN, NaN, NaN]);
});
