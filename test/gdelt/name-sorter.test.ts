import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NameSorter } from "../../src/gdelt/name-sorter.ts";

function sorted(sorter: NameSorter, field: string): string[] {
  const bytes = Buffer.from(`x,${field};y`);
  sorter.sort(bytes, 2, bytes.length - 2);
  return Array.from({ length: sorter.count }, (_, rank) =>
    bytes.subarray(sorter.start(rank), sorter.end(rank)).toString(),
  );
}

describe("NameSorter", () => {
  test("names are distinct and in the order of their bytes, a prefix first", () => {
    const names = sorted(
      new NameSorter(),
      "b,1;a,2;ab,3;aa,4;a,5;Z,6;\u00e9,7;\uffee,8;\u{10348},9;",
    );
    // By UTF-16 units, as strings compare, U+10348 would stand before U+FFEE.
    assert.deepEqual(names, ["Z", "a", "aa", "ab", "b", "\u00e9", "\uffee", "\u{10348}"]);
  });

  test("names that differ after, at and before their fourth byte are told apart", () => {
    assert.deepEqual(sorted(new NameSorter(), "abcdz;abcd;abce;abc;abd;abcda;abc"), [
      "abc",
      "abcd",
      "abcda",
      "abcdz",
      "abce",
      "abd",
    ]);
  });

  test("a zero byte is a character like others, not the end of a name", () => {
    assert.deepEqual(sorted(new NameSorter(), "a\0;a;a\0\0b;a\0"), ["a", "a\0", "a\0\0b"]);
  });

  test("blocks without a name are none", () => {
    assert.deepEqual(sorted(new NameSorter(), ";,7;;a,1;"), ["a"]);
  });

  test("one sorter serves lists of all lengths in turn", () => {
    const sorter = new NameSorter();
    for (const length of [3, 1000, 1, 0, 17]) {
      const names = Array.from(
        { length },
        (_, i) => `n${String((i * 617) % 1009).padStart(4, "0")}`,
      );
      assert.deepEqual(sorted(sorter, names.join(",1;")), [...names].sort());
    }
  });
});
