import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError, TaskCorruptedError } from "../../../../src/record/errors.ts";
import type { RecordBatch } from "../../../../src/record/record-batch.ts";
import type { Compression } from "../../../../src/sources/kafka/records/compression.ts";
import { crc32c } from "../../../../src/sources/kafka/records/crc32c.ts";
import {
  type AbortedTransaction,
  decodeFetched,
} from "../../../../src/sources/kafka/records/decode-fetched.ts";
import { batchEnd } from "../../../../src/sources/kafka/records/encode-batch.ts";
import {
  type Layout,
  layouts,
  plain,
  plainRecords,
  sliceEnd,
  toPlain,
  toRecords,
} from "../../log-records.ts";
import { propertyRuns } from "../../property-runs.ts";
import { stored } from "./stored-batch.ts";

const require = createRequire(import.meta.url);
const at = { topic: "t", partition: 0 };
const compressions = ["none", "gzip", "zstd"] as const;

/** The mark of the broker that ends a transaction. */
async function mark(baseOffset: number, producerId: number, result: "abort" | "commit") {
  const key = String.fromCharCode(0, 0, 0, result === "abort" ? 0 : 1);
  const row = { value: "", key, timestampMs: 0, ordinal: null };
  const batch = await stored({ ...plain(), rows: [row] }, baseOffset, { producerId });
  batch.writeInt16BE(batch.readInt16BE(21) | 0x20, 21);
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
  return batch;
}

const decode = async (
  parts: readonly Uint8Array[],
  fromOffset = 0,
  aborted: readonly AbortedTransaction[] = [],
): Promise<RecordBatch[]> => {
  const batches: RecordBatch[] = [];
  const fetched = { at, fromOffset, bytes: Buffer.concat(parts), aborted };
  for await (const batch of decodeFetched(fetched)) batches.push(batch);
  return batches;
};

/** One entry per offset, and a check that no offset is left out. */
function oneByOne(batches: readonly RecordBatch[], fromOffset: number): unknown[] {
  let next = fromOffset;
  return batches.flatMap((batch) => {
    assert.equal(batch.firstOffset, next);
    next = batch.nextOffset;
    const { rows, headers, control } = toPlain(batch);
    const marker = control ? [{ control, headers }] : [];
    return [...rows.map((row) => ({ ...row, headers })), ...marker];
  });
}

const values = (batches: readonly RecordBatch[]): string[] =>
  batches.flatMap((batch) => toPlain(batch).rows.map(({ value }) => value));

test("the checksum is that of the standard", () => {
  const digits = new TextEncoder().encode("123456789");
  assert.equal(crc32c(digits, 0, 9), 0xe3069283);
  assert.equal(crc32c(digits, 4, 9, crc32c(digits, 0, 4)), 0xe3069283);
});

test("what is encoded is decoded, in any compression, from any offset", async () => {
  const property = fc.asyncProperty(
    fc.array(
      fc.tuple(
        plainRecords.filter(({ rows, control }) => rows.length > 0 || control !== null),
        fc.constantFrom<Layout>(...layouts),
        fc.constantFrom<Compression>(...compressions),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    fc.double({ min: 0, max: 1, noNaN: true }),
    async (all, share) => {
      const parts: Buffer[] = [];
      const expected: unknown[] = [];
      for (const [records, layout, compression] of all) {
        parts.push(await stored(records, expected.length, { layout, compression }));
        const { rows, headers, control } = records;
        expected.push(...rows.map((row) => ({ ...row, headers })));
        if (control) expected.push({ control, headers });
      }
      const from = Math.floor(share * expected.length);
      assert.deepEqual(oneByOne(await decode(parts, from), from), expected.slice(from));
    },
  );
  await fc.assert(property, propertyRuns(200));
});

test("kafkajs reads what we encode", async () => {
  const Decoder = require("kafkajs/src/protocol/decoder");
  const decodeBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder");
  const property = fc.asyncProperty(plainRecords, fc.nat(1e9), async (records, baseOffset) => {
    if (records.rows.length === 0) return;
    const batch = await stored(records, baseOffset, { compression: "gzip" });
    const read = await decodeBatch(new Decoder(batch));
    assert.equal(read.firstOffset, String(baseOffset));
    assert.deepEqual([read.producerId, read.producerEpoch, read.firstSequence], ["7", 3, 40]);
    const found = read.records.map((record: KafkajsRecord) => ({
      value: record.value?.toString() ?? null,
      key: record.key?.toString() ?? null,
      timestampMs: Number(record.timestamp),
      headers: Object.entries(record.headers).map(([name, value]) => [name, value.toString()]),
    }));
    const { headers, control } = records;
    const expected = records.rows.map(({ value, key, timestampMs, ordinal }) => ({
      value,
      key,
      timestampMs,
      headers: [
        ...Object.entries(headers),
        ...(ordinal === null ? [] : [["gdelt-row", `${ordinal}`]]),
      ],
    }));
    const marker = {
      value: null,
      key: null,
      timestampMs: records.rows.at(-1)!.timestampMs,
      headers: [...Object.entries(headers), ["gdelt-slice-end", JSON.stringify(control)]],
    };
    assert.deepEqual(found, control ? [...expected, marker] : expected);
  });
  await fc.assert(property, propertyRuns(100));
});

interface KafkajsRecord {
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  readonly timestamp: string;
  readonly headers: Readonly<Record<string, Buffer>>;
}

test("what kafkajs encodes is decoded: headers that change, keys on some rows only", async () => {
  const encodeRecord = require("kafkajs/src/protocol/recordBatch/record/v0");
  const { RecordBatch: encodeBatchOf } = require("kafkajs/src/protocol/recordBatch/v0");
  const row = fc.record({
    value: fc.option(fc.string({ maxLength: 5 })),
    key: fc.option(fc.string({ maxLength: 3 })),
    timestampMs: fc.integer({ min: 1, max: 5 }),
    headers: fc.constantFrom({}, { a: "1" }, { a: "2" }, { a: "1", b: "" }, { "gdelt-row": "5" }),
  });
  const property = fc.asyncProperty(fc.array(row, { minLength: 1 }), async (rows) => {
    const firstTimestamp = rows[0]!.timestampMs;
    const records = rows.map(({ value, key, timestampMs, headers }, offsetDelta) =>
      encodeRecord({
        offsetDelta,
        timestampDelta: timestampMs - firstTimestamp,
        key: key && Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers,
      }),
    );
    const encoder = await encodeBatchOf({
      firstTimestamp,
      maxTimestamp: firstTimestamp,
      lastOffsetDelta: rows.length - 1,
      records,
    });
    const found = oneByOne(await decode([encoder.buffer]), 0);
    const expected = rows.map(({ value, key, timestampMs, headers: { ...all } }) => {
      const { "gdelt-row": ordinal, ...headers } = all as Record<string, string>;
      return {
        value: value ?? "",
        key,
        timestampMs,
        ordinal: ordinal === undefined ? null : Number(ordinal),
        headers,
      };
    });
    assert.deepEqual(found, expected);
  });
  await fc.assert(property, propertyRuns(200));
});

test("rows are cut into batches of about the size asked for, and none is left out", () => {
  const records = toRecords("t", 0, plain("x".repeat(300), "y".repeat(300), "z".repeat(5000), "w"));
  const cuts: number[] = [];
  for (let from = 0; from < records.length; ) {
    from = batchEnd(records, from, 1000);
    cuts.push(from);
  }
  assert.deepEqual(cuts, [2, 3, 4]);
});

test("aborted transactions are hidden, and their offsets and marks covered", async () => {
  const parts = [
    await stored(plain("p0"), 0, { producerId: 1 }),
    await stored(plain("q1", "q2"), 1, { producerId: 2 }),
    await stored(plain("p3"), 3, { producerId: 1 }),
    await mark(4, 2, "abort"),
    await stored(plain("q5"), 5, { producerId: 2 }),
    await mark(6, 1, "abort"),
    await mark(7, 2, "commit"),
    await stored(plain("p8"), 8, { producerId: 1 }),
    await mark(9, 1, "commit"),
  ];
  // In the order in which they ended, as a broker lists them.
  const aborted = [
    { producerId: 2, firstOffset: 1 },
    { producerId: 1, firstOffset: 0 },
  ];
  const batches = await decode(parts, 0, aborted);
  assert.deepEqual(oneByOne(batches, 0).length, 2);
  assert.deepEqual(
    batches.map((batch) => [values([batch]).join(), batch.firstOffset, batch.nextOffset]),
    [
      ["", 0, 5],
      ["q5", 5, 8],
      ["p8", 8, 10],
    ],
  );
  const inside = await decode(parts.slice(2), 3, aborted);
  assert.deepEqual(values(inside), ["q5", "p8"], "a fetch may begin inside of a transaction");
  assert.equal(inside[0]?.firstOffset, 3);
});

test("a key like that of an abort mark on a row is no mark", async () => {
  const row = { value: "v", key: "\0\0\0\0", timestampMs: 0, ordinal: null };
  const parts = [
    await stored({ ...plain(), rows: [row] }, 0, { producerId: 1 }),
    await stored(plain("gone"), 1, { producerId: 1 }),
    await mark(2, 1, "abort"),
  ];
  const batches = await decode(parts, 0, [{ producerId: 1, firstOffset: 0 }]);
  assert.deepEqual(values(batches), []);
  assert.equal(batches.at(-1)?.nextOffset, 3);
});

test("offsets that a compacted topic lacks are covered", async () => {
  const batches = await decode([await stored(plain("a"), 3), await stored(plain("b"), 9)]);
  assert.deepEqual(
    batches.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset]),
    [
      [0, 3],
      [3, 9],
      [9, 10],
    ],
  );
});

test("an end marker whose headers are not those of the rows before it travels alone", async () => {
  const parts = [
    await stored({ ...plain("a"), headers: { file: "f" } }, 0),
    await stored({ ...plain(), control: sliceEnd(9) }, 1),
  ];
  const batches = await decode(parts);
  assert.deepEqual(
    batches.map(({ length, control }) => [length, control?.sliceMs]),
    [
      [1, undefined],
      [0, 9],
    ],
  );
});

test("a batch that the broker has cut off is left for the next fetch", async () => {
  const first = await stored(plain("a"), 0);
  const second = await stored(plain("b"), 1);
  for (const cut of [1, 30, 65, second.length - 1]) {
    assert.deepEqual(values(await decode([first, second.subarray(0, cut)])), ["a"]);
  }
});

test("every changed byte under the checksum is found", async () => {
  const batch = await stored(plain("abc", "def"), 0);
  const property = fc.asyncProperty(
    fc.integer({ min: 17, max: batch.length - 1 }),
    fc.integer({ min: 1, max: 255 }),
    async (position, change) => {
      const damaged = Buffer.from(batch);
      damaged[position]! ^= change;
      await assert.rejects(decode([damaged]), TaskCorruptedError);
    },
  );
  await fc.assert(property, propertyRuns(200));
});

test("what cannot be decompressed, or is in the old format, is refused with its name", async () => {
  const batch = await stored(plain("a"), 5);
  batch.writeInt16BE(0x10 | 2, 21);
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
  const snappy = { name: ConfigError.name, message: /offset 5 of t-0.*snappy/ };
  await assert.rejects(decode([batch], 5), snappy);
  const old = Buffer.from(batch);
  old.writeInt8(1, 16);
  await assert.rejects(decode([old], 5), /format 1 at offset 5/);
});

test("an end marker which is none is refused with its place", async () => {
  const headers = { "gdelt-slice-enD": "{}" };
  const batch = await stored({ ...plain("a"), headers }, 4);
  batch[batch.indexOf("gdelt-slice-enD") + 14] = "d".charCodeAt(0);
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17);
  const error = { name: ConfigError.name, message: /offset 4 of t-0.*gdelt-slice-end/ };
  await assert.rejects(decode([batch], 4), error);
});

test("a row that uses the name of one of our headers is refused", async () => {
  const taken = { ...plain("a"), headers: { "gdelt-row": "x" } };
  await assert.rejects(stored(taken, 0), ConfigError);
});
