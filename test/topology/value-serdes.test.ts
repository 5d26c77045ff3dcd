import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonSerde, type Serde, utf8Serde } from "../../src/operators/serde.ts";
import { partitionOf } from "../../src/record/hash.ts";
import type { ByteColumn, RecordBatch } from "../../src/record/record-batch.ts";
import type { OutgoingRecords } from "../../src/topology/topology.ts";
import {
  keyedSerializer,
  undecodable,
  valueDeserializer,
  valueSerializer,
} from "../../src/topology/value-serdes.ts";
import { batchOf, type Row, rowsOf } from "../operators/operator-harness.ts";
import { recordsOf } from "../operators/raw-records.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const asRead = (outgoing: OutgoingRecords): RecordBatch => ({
  ...outgoing,
  topic: "t",
  control: null,
  firstOffset: 0,
  nextOffset: outgoing.length,
});

const textAt = ({ bytes, starts, ends }: ByteColumn, row: number): string =>
  Buffer.from(bytes.subarray(starts[row], ends[row])).toString();

const row: fc.Arbitrary<Row<string>> = fc.record(
  { key: fc.string(), value: fc.string(), at: fc.integer() },
  { noNullPrototype: true },
);

test("rows come back from records as they went in, in the partition of their batch", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const batch = { ...batchOf(rows), partition: 3 };
      const [outgoing, ...more] = [...valueSerializer(utf8Serde)(batch, 7)];
      assert.deepEqual(more, []);
      assert.equal(outgoing!.partition, 3);
      assert.deepEqual(rowsOf(valueDeserializer(utf8Serde)()(asRead(outgoing!))), rows);
    }),
    propertyRuns(100),
  );
});

test("a repartition puts each row where Kafka's partitioner puts its key, in order", () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1 }),
      fc.integer({ min: 1, max: 6 }),
      (rows, partitions) => {
        const read = valueDeserializer(utf8Serde)();
        const sent = [...keyedSerializer(utf8Serde)(batchOf(rows), partitions)];
        assert.ok(sent.every(({ length }) => length > 0));
        for (let partition = 0; partition < partitions; partition++) {
          const expected = rows.filter(({ key }) => {
            const bytes = Buffer.from(key!);
            return partitionOf(bytes, 0, bytes.length, partitions) === partition;
          });
          const got = sent.filter((s) => s.partition === partition);
          assert.deepEqual(
            got.flatMap((outgoing) => rowsOf(read(asRead(outgoing)))),
            expected,
          );
        }
      },
    ),
    propertyRuns(100),
  );
});

test("a repartition of rows without keys fails clearly", () => {
  const batch = batchOf([{ value: "a", at: 0 }]);
  assert.throws(() => [...keyedSerializer(utf8Serde)(batch, 2)], {
    name: "TopologyError",
    message: /the serializer of a repartition got rows without keys/,
  });
});

test("an empty batch makes no records", () => {
  assert.deepEqual([...valueSerializer(utf8Serde)(batchOf<string>([]), 1)], []);
  assert.deepEqual([...keyedSerializer(utf8Serde)(batchOf<string>([]), 2)], []);
});

test("keys go with their rows, and records without keys stay without", () => {
  const [withKeys] = [...valueSerializer(utf8Serde)(batchOf([{ key: "k", value: "v", at: 1 }]), 1)];
  assert.equal(textAt(withKeys!.keys!, 0), "k");
  const [without] = [...valueSerializer(utf8Serde)(batchOf([{ value: "v", at: 1 }]), 1)];
  assert.equal(without!.keys, null);
});

/** Counts how often a value is decoded. */
function countingSerde(): Serde<unknown> & { decoded: number } {
  const json = jsonSerde<unknown>();
  return {
    decoded: 0,
    encode: (value) => json.encode(value),
    decode(bytes) {
      this.decoded++;
      return json.decode(bytes);
    },
  };
}

test("a value is decoded once, when it is first asked for, also through a choice of rows", () => {
  const serde = countingSerde();
  const { rows } = valueDeserializer(serde)()(recordsOf(["1", "{", "3"], 0));
  assert.equal(serde.decoded, 0);
  const taken = rows.take(Int32Array.of(2, 0)).take(Int32Array.of(1, 0));
  assert.deepEqual([taken.at(0), taken.at(1), rows.at(0), rows.at(2)], [1, 3, 1, 3]);
  assert.equal(serde.decoded, 2);
});

test("a record that cannot be decoded is a RecordError with its place", () => {
  const batch = valueDeserializer(jsonSerde())()(recordsOf(["1", "{"], 40));
  assert.throws(() => batch.rows.at(1), {
    name: "RecordError",
    message: "raw-0 offset 41: not JSON: {",
  });
  assert.equal(undecodable(batch, 0), null);
  assert.equal(undecodable(batch, 1), "raw-0 offset 41: not JSON: {");
});

test("an error of the user's own serde keeps its message and is the cause", () => {
  const broken: Serde<string> = {
    encode: (value) => Buffer.from(value),
    decode: () => {
      throw new Error("thrown by the user");
    },
  };
  const batch = valueDeserializer(broken)()(recordsOf(["x"], 7));
  assert.throws(
    () => batch.rows.at(0),
    (error: Error) => {
      assert.equal(error.message, "raw-0 offset 7: thrown by the user");
      assert.equal((error.cause as Error).message, "thrown by the user");
      return true;
    },
  );
});
