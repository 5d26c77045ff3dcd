import type { TopicPartition } from "../../../src/record/record-batch.ts";
import { decompress } from "../../../src/sources/kafka/records/compression.ts";
import { VarintReader } from "../../../src/sources/kafka/records/varint.ts";
import type { Cluster } from "../../../src/sources/kafka/wire/cluster.ts";
import { fetchAllRequest } from "./fetch-all-request.ts";

export interface LoggedRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** How a transaction has ended; `plain` is what was written without one. */
export type Outcome = "plain" | "committed" | "aborted" | "open";

/** A batch as it lies in the log, with who has written it and what became of that. */
export interface LoggedBatch {
  readonly producerId: number;
  readonly epoch: number;
  /** Transactions of one producer in one partition, counted from 0. */
  readonly transaction: number;
  readonly outcome: Outcome;
  /** Of its newest record. */
  readonly timeMs: number;
  readonly records: readonly LoggedRecord[];
}

export interface PartitionContents extends TopicPartition {
  readonly start: number;
  readonly highWatermark: number;
  readonly stableEnd: number;
  readonly batches: readonly LoggedBatch[];
}

interface RawBatch {
  readonly lastOffset: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly isTransactional: boolean;
  /** Set in the broker's own: how a transaction ends. */
  readonly mark: "committed" | "aborted" | null;
  readonly timeMs: number;
  readonly records: LoggedRecord[];
}

/** All there is in a partition. It does not use the program's own reader, whose work it is to check. */
export async function contentsOf(cluster: Cluster, at: TopicPartition): Promise<PartitionContents> {
  const raw: RawBatch[] = [];
  for (let offset = 0; ; ) {
    const fetched = await cluster.attempt(
      `reading all of ${at.topic}-${at.partition}`,
      () => cluster.leader(at),
      async (broker) => {
        const bounds = offset > 0 ? offset : await startOf(cluster, at);
        return broker.send(fetchAllRequest(at, bounds));
      },
    );
    const { start, highWatermark, stableEnd, bytes } = fetched;
    const batches = await rawBatches(Buffer.from(bytes));
    raw.push(...batches);
    offset = (batches.at(-1)?.lastOffset ?? highWatermark - 1) + 1;
    if (offset < highWatermark) continue;
    return { ...at, start, highWatermark, stableEnd, batches: withOutcomes(raw) };
  }
}

async function startOf(cluster: Cluster, { topic, partition }: TopicPartition): Promise<number> {
  const broker = await cluster.leader({ topic, partition });
  const { responses } = await broker.requests.listOffsets({
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ topic, partitions: [{ partition, timestamp: -2 }] }],
  });
  return Number(responses[0]!.partitions[0]!.offset);
}

/** A producer has one transaction at a time: its next mark is the end of what it has written. */
function withOutcomes(raw: readonly RawBatch[]): LoggedBatch[] {
  const found: (LoggedBatch & { outcome: Outcome })[] = [];
  const open = new Map<number, (LoggedBatch & { outcome: Outcome })[]>();
  const ended = new Map<number, number>();
  for (const { producerId, epoch, isTransactional, mark, timeMs, records } of raw) {
    if (mark !== null) {
      for (const batch of open.get(producerId) ?? []) batch.outcome = mark;
      if (open.delete(producerId)) ended.set(producerId, (ended.get(producerId) ?? 0) + 1);
      continue;
    }
    const transaction = ended.get(producerId) ?? 0;
    const outcome: Outcome = isTransactional ? "open" : "plain";
    const batch = { producerId, epoch, transaction, outcome, timeMs, records };
    found.push(batch);
    if (isTransactional) open.set(producerId, [...(open.get(producerId) ?? []), batch]);
  }
  return found;
}

/** Where the fields of a batch are, from its beginning; message format 2. */
const AT = {
  length: 8,
  attributes: 21,
  lastDelta: 23,
  newestMs: 35,
  producerId: 43,
  epoch: 51,
  count: 57,
};
const HEADER_BYTES = 61;
const PREFIX_BYTES = 12;
const COMPRESSION_MASK = 0x07;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

async function rawBatches(bytes: Buffer): Promise<RawBatch[]> {
  const batches: RawBatch[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + PREFIX_BYTES + bytes.readInt32BE(at + AT.length);
    if (end > bytes.length) break;
    const base = Number(bytes.readBigInt64BE(at));
    const attributes = bytes.readInt16BE(at + AT.attributes);
    const packed = bytes.subarray(at + HEADER_BYTES, end);
    const body = await decompress(packed, attributes & COMPRESSION_MASK, `offset ${base}`);
    const records = recordsOf(Buffer.from(body), base, bytes.readInt32BE(at + AT.count));
    batches.push({
      lastOffset: base + bytes.readInt32BE(at + AT.lastDelta),
      producerId: Number(bytes.readBigInt64BE(at + AT.producerId)),
      epoch: bytes.readInt16BE(at + AT.epoch),
      isTransactional: (attributes & TRANSACTIONAL) !== 0,
      timeMs: Number(bytes.readBigInt64BE(at + AT.newestMs)),
      mark: attributes & CONTROL ? markOf(records[0]!.key!) : null,
      records,
    });
    at = end;
  }
  return batches;
}

/** Its version, int16; then 0 for abort and 1 for commit, int16. */
const markOf = (key: Buffer) => (key.readInt16BE(2) === 1 ? "committed" : "aborted");

function recordsOf(body: Buffer, base: number, count: number): LoggedRecord[] {
  const reader = new VarintReader(body, 0);
  const blob = (): Buffer | null => {
    const length = reader.varint();
    if (length < 0) return null;
    reader.at += length;
    return body.subarray(reader.at - length, reader.at);
  };
  return Array.from({ length: count }, () => {
    const length = reader.varint();
    const end = reader.at + length;
    reader.at++; // Attributes.
    reader.varlong(); // Time.
    const offset = base + reader.varint();
    const record = { offset, key: blob(), value: blob() };
    reader.at = end;
    return record;
  });
}
