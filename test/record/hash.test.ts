import assert from "node:assert/strict";
import { test } from "node:test";
import { Hash128, murmur2, partitionOf } from "../../src/record/hash.ts";

const bytes = (text: string) => Buffer.from(text);
const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");

// The values of Kafka's own test of Utils.murmur2.
for (const [text, expected] of [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
] as const) {
  test(`murmur2 of "${text}" is Kafka's`, () => {
    assert.equal(murmur2(bytes(text), 0, text.length), expected);
  });
}

test("a partition is within bounds, and the only one when there is one", () => {
  assert.equal(partitionOf(bytes("21"), 0, 2, 1), 0);
  assert.equal(partitionOf(bytes("foobar"), 0, 6, 7), (-790332482 & 0x7fffffff) % 7);
});

test("a hash is of the range, wherever it lies in the buffer", () => {
  const text = "GDELT publishes the news of the world every 15 minutes";
  for (let length = 0; length <= text.length; length++) {
    const plain = new Hash128().update(bytes(text), 0, length);
    const inside = new Hash128().update(bytes(`xxx${text}`), 3, 3 + length);
    assert.deepEqual(plain, inside);
  }
});

// Reference values of MurmurHash3_x86_128 with seed 0.
test("Hash128 is MurmurHash3 x86_128", () => {
  const of = (text: string) => {
    const { a, b, c, d } = new Hash128().update(bytes(text), 0, text.length);
    return [a, b, c, d].map(hex).join("");
  };
  assert.equal(of(""), "00000000000000000000000000000000");
  assert.equal(
    of("I will not buy this record, it is scratched."),
    "a0a9683b25ac5e40d9af2895890dddf5",
  );
});
