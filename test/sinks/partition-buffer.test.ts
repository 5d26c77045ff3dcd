import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TaskCorruptedError } from "../../src/record/errors.ts";
import { PartitionBuffer } from "../../src/sinks/partition-buffer.ts";
import { propertyRuns } from "./delta/delta-fixture.ts";
import { recordsOf } from "./delta/sink-source.ts";

/** Takes every record as its offset. */
const offsets = () =>
  new PartitionBuffer<number>(({ firstOffset, length }, first) =>
    Array.from({ length: length - first }, (_, i) => firstOffset + first + i),
  );

const values = (count: number) => Array.from({ length: count }, () => Uint8Array.of(1, 2, 3));

test("every offset is taken once, however batches overlap and whenever they are taken", () => {
  const step = fc.record({
    /** How far back the batch begins. */
    back: fc.nat(3),
    length: fc.nat(4),
    /** Offsets at the end which have no record. */
    hidden: fc.nat(2),
    take: fc.boolean(),
  });
  propertyRuns(
    fc.property(
      fc.option(fc.nat(50), { nil: null }),
      fc.array(step),
      (position: number | null, steps) => {
        const buffer = offsets();
        buffer.reset(position);
        let next = position ?? 50;
        const expected: number[] = [];
        const taken: number[] = [];
        let from = position;
        for (const { back, length, hidden, take } of steps) {
          const first = from === null && taken.length === 0 ? next : Math.max(0, next - back);
          const end = first + length;
          for (let offset = Math.max(first, next); offset < end; offset++) expected.push(offset);
          buffer.add(recordsOf(first, values(length), end + hidden));
          next = Math.max(next, end + hidden);
          if (!take) continue;
          const found = buffer.take();
          if (found === null) continue;
          assert.equal(found.from, from);
          assert.equal(buffer.bytes, 0);
          from = found.to;
          taken.push(...found.items);
        }
        taken.push(...(buffer.take()?.items ?? []));
        assert.deepEqual(taken, expected);
        assert.equal(buffer.take(), null);
      },
    ),
    200,
  );
});

test("bytes are those of the records taken, and a gap is refused", () => {
  const buffer = offsets();
  buffer.reset(10);
  buffer.add(recordsOf(8, values(5)));
  assert.equal(buffer.bytes, 9);
  assert.throws(() => buffer.add(recordsOf(14, values(1))), TaskCorruptedError);
  assert.deepEqual(buffer.take(), { items: [10, 11, 12], from: 10, to: 13 });
  buffer.add(recordsOf(13, values(1)));
  buffer.reset(13);
  assert.equal(buffer.bytes, 0);
  assert.equal(buffer.take(), null);
});

test("a batch that cannot be decoded leaves the buffer as it was", () => {
  const buffer = new PartitionBuffer<number>(({ firstOffset }) => {
    if (firstOffset === 1) throw new RangeError("no");
    return [firstOffset];
  });
  buffer.reset(0);
  buffer.add(recordsOf(0, values(1)));
  assert.throws(() => buffer.add(recordsOf(1, values(1))), RangeError);
  assert.equal(buffer.bytes, 3);
  assert.deepEqual(buffer.take(), { items: [0], from: 0, to: 1 });
});
