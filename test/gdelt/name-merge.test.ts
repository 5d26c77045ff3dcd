import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { NAMES_MAX, NameMerge, type NameTarget } from "../../src/gdelt/name-merge.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A list as a context holds it, with other bytes around. */
function encode(names: readonly string[]): Buffer {
  const parts = [Buffer.from("##")];
  for (const name of [...new Set(names)].sort(byBytes)) {
    const bytes = Buffer.from(name);
    parts.push(Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes);
  }
  return Buffer.concat([...parts, Buffer.from("##")]);
}

class Names implements NameTarget {
  readonly names: string[] = [];
  item(bytes: Uint8Array, start: number, end: number): void {
    this.names.push(Buffer.from(bytes.subarray(start, end)).toString());
  }
}

function top(merge: NameMerge, lists: readonly (readonly string[])[]): string[] {
  for (const list of lists) {
    const bytes = encode(list);
    merge.add(bytes, 2, bytes.length - 2);
  }
  const target = new Names();
  assert.equal(merge.writeTop(target), target.names.length);
  return target.names;
}

/** The same by counting in a map. */
function naiveTop(lists: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const list of lists) {
    for (const name of new Set(list)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || byBytes(a, b))
    .slice(0, NAMES_MAX)
    .map(([name]) => name);
}

describe("NameMerge", () => {
  test("the most documents come first, equals in byte order", () => {
    const lists = [
      ["a", "c", "d"],
      ["b", "c"],
      ["c", "d"],
    ];
    assert.deepEqual(top(new NameMerge(), lists), ["c", "d", "a", "b"]);
  });

  test("no list, and lists without names, give no name", () => {
    assert.deepEqual(top(new NameMerge(), []), []);
    assert.deepEqual(top(new NameMerge(), [[], []]), []);
  });

  test("of one document the first 64 are taken", () => {
    const names = Array.from({ length: 100 }, (_, i) => `N${String(i).padStart(3, "0")}`);
    assert.deepEqual(top(new NameMerge(), [names]), names.slice(0, NAMES_MAX));
  });

  test("a frequent name late in order displaces a rare early one", () => {
    const names = Array.from({ length: 80 }, (_, i) => `N${String(i).padStart(3, "0")}`);
    const expected = ["Z", ...names.slice(0, NAMES_MAX - 1)];
    assert.deepEqual(top(new NameMerge(), [[...names, "Z"], ["Z"]]), expected);
  });

  test("any lists give what counting in a map gives", () => {
    const merge = new NameMerge();
    const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "\u00e9", "\0"), maxLength: 4 });
    const lists = fc.array(fc.array(name, { maxLength: 150 }), { maxLength: 90 });
    fc.assert(
      fc.property(lists, (of) => assert.deepEqual(top(merge, of), naiveTop(of))),
      propertyRuns(200),
    );
  });

  test("hundreds of documents are merged, one merge after the other", () => {
    const merge = new NameMerge();
    for (const documents of [500, 3, 200]) {
      const lists = Array.from({ length: documents }, (_, i) =>
        Array.from({ length: 40 }, (_, j) => `T${(i * j) % 97}`),
      );
      assert.deepEqual(top(merge, lists), naiveTop(lists));
    }
  });
});
