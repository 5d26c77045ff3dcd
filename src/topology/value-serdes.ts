import { type Batch, byteColumn, MAIN, type Rows, takeRows } from "../operators/batch.ts";
import { requireKeys } from "../operators/require-keys.ts";
import type { Serde } from "../operators/serde.ts";
import { RecordError } from "../record/errors.ts";
import { partitionOf } from "../record/hash.ts";
import { partitionName, type RecordBatch } from "../record/record-batch.ts";
import type { Deserializer, OutgoingRecords, Serializer } from "./topology.ts";

/**
 * Rows of plain values from a topic that holds one a record. A value is decoded when it is first
 * asked for: a record that cannot be decoded fails the step that wants it with a `RecordError`.
 * `deadLetter(undecodable)` right after the source sends such records to the dead letters instead.
 */
export const valueDeserializer =
  <V>(serde: Serde<V>): Deserializer<Rows<V>> =>
  () =>
  (records) => ({
    rows: new DecodedRows(records, serde),
    length: records.length,
    partition: records.partition,
    keys: records.keys,
    timestampsMs: records.timestampsMs,
    records,
    output: MAIN,
  });

/** Why a row cannot be decoded, or null: the check for a `deadLetter` after a source of values. */
export function undecodable<R extends Rows<unknown>>(batch: Batch<R>, row: number): string | null {
  try {
    batch.rows.at(row);
    return null;
  } catch (cause) {
    if (cause instanceof RecordError) return cause.message;
    throw cause;
  }
}

/** Values over the bytes of their records, each decoded once however often it is read. */
class DecodedRows<V> implements Rows<V> {
  private readonly records: RecordBatch;
  private readonly serde: Serde<V>;
  /** Rows of `records` which these are; null: all of them. */
  private readonly order: Int32Array | null;
  private readonly decoded: Map<number, V>;

  constructor(
    records: RecordBatch,
    serde: Serde<V>,
    order: Int32Array | null = null,
    decoded = new Map<number, V>(),
  ) {
    this.records = records;
    this.serde = serde;
    this.order = order;
    this.decoded = decoded;
  }

  at(row: number): V {
    const at = this.order === null ? row : this.order[row]!;
    const known = this.decoded.get(at);
    if (known !== undefined) return known;
    const value = this.decode(at);
    this.decoded.set(at, value);
    return value;
  }

  private decode(at: number): V {
    const { bytes, starts, ends, firstOffset } = this.records;
    try {
      return this.serde.decode(bytes.subarray(starts[at]!, ends[at]!));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const place = `${partitionName(this.records)} offset ${firstOffset + at}`;
      throw new RecordError(`${place}: ${reason}`, { cause });
    }
  }

  take(rows: Int32Array): DecodedRows<V> {
    const { order } = this;
    const taken = order === null ? rows.slice() : rows.map((row) => order[row]!);
    return new DecodedRows(this.records, this.serde, taken, this.decoded);
  }
}

/** One record a row, which stays in the partition of its task: for `Stream.to`. */
export const valueSerializer =
  <V>(serde: Serde<V>): Serializer<Rows<V>> =>
  (batch) =>
    batch.length === 0 ? [] : [encodeRows(serde, batch, batch.partition, everyRow(batch.length))];

/**
 * One record a row, in the partition that Kafka's own partitioner gives its key: for
 * `Stream.repartition`. Rows without keys fail with a `TopologyError`.
 */
export const keyedSerializer =
  <V>(serde: Serde<V>): Serializer<Rows<V>> =>
  (batch, partitions) => {
    const { bytes, starts, ends } = requireKeys(batch, "the serializer of a repartition");
    const rows = Array.from({ length: partitions }, (): number[] => []);
    for (let row = 0; row < batch.length; row++) {
      rows[partitionOf(bytes, starts[row]!, ends[row]!, partitions)]!.push(row);
    }
    return rows.flatMap((chosen, partition) =>
      chosen.length === 0 ? [] : [encodeRows(serde, batch, partition, Int32Array.from(chosen))],
    );
  };

const everyRow = (length: number): Int32Array => Int32Array.from({ length }, (_, row) => row);

function encodeRows<V>(
  serde: Serde<V>,
  batch: Batch<Rows<V>>,
  partition: number,
  rows: Int32Array,
): OutgoingRecords {
  const { keys, timestampsMs } = takeRows(batch, rows);
  return {
    partition,
    length: rows.length,
    ...byteColumn(Array.from(rows, (row) => serde.encode(batch.rows.at(row)))),
    keys,
    timestampsMs,
    ordinals: null,
    headers: {},
  };
}
