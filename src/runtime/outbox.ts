import {
  partitionName,
  type Records,
  recordsBytes,
  type TopicPartition,
} from "../record/record-batch.ts";
import type { SliceEnd } from "../record/slice-end.ts";
import type { OutgoingRecords } from "../topology/topology.ts";
import type { TransactionalProducer } from "./ports.ts";

const NO_ROWS = {
  length: 0,
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  keys: null,
  timestampsMs: new Float64Array(0),
  ordinals: null,
};

/** What a task has to send with its next commit, in order. */
export class Outbox {
  private records: Records[] = [];
  /** By partition, where its last records are. */
  private readonly last = new Map<string, number>();
  private rowsSinceEnd = new Map<string, number>();
  bytes = 0;
  /** Headers that everything has beside its own, while a slice closes. */
  trace: Readonly<Record<string, string>> = {};

  add(topic: string, outgoing: OutgoingRecords): void {
    const headers = { ...outgoing.headers, ...this.trace };
    const records = { ...outgoing, headers, topic, control: null };
    const name = partitionName(records);
    this.push(name, records);
    this.bytes += recordsBytes(records);
    this.rowsSinceEnd.set(name, (this.rowsSinceEnd.get(name) ?? 0) + records.length);
  }

  /**
   * Ends a slice in a partition; says how many records went there since the last end. The marker travels
   * with the last of them: sent by itself it is one more way to the broker and back.
   */
  end({ topic, partition }: TopicPartition, end: Omit<SliceEnd, "rows">): void {
    const name = partitionName({ topic, partition });
    const rows = this.rowsSinceEnd.get(name) ?? 0;
    this.rowsSinceEnd.delete(name);
    const control = { ...end, rows };
    const at = this.last.get(name);
    const before = at === undefined ? null : this.records[at]!;
    if (before?.control === null) {
      const headers = { ...before.headers, ...this.trace };
      this.records[at!] = { ...before, headers, control };
    } else this.push(name, { ...NO_ROWS, headers: this.trace, topic, partition, control });
  }

  private push(name: string, records: Records): void {
    this.last.set(name, this.records.push(records) - 1);
  }

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  all(): readonly Records[] {
    return this.records;
  }

  /** Partitions beside each other; when one fails the others have ended too before that is thrown. */
  async send(producer: TransactionalProducer): Promise<void> {
    const byPartition = Map.groupBy(this.records, partitionName);
    const sent = await Promise.allSettled(
      byPartition.values().map(async (all) => {
        for (const records of all) await producer.send(records);
      }),
    );
    for (const one of sent) if (one.status === "rejected") throw one.reason;
  }

  /** Records sent since the last end, per partition: part of the task's checkpoint. */
  save(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.rowsSinceEnd);
  }

  /** Goes back to what `save` gave. */
  load(rowsSinceEnd: Readonly<Record<string, number>>): void {
    this.clear();
    this.rowsSinceEnd = new Map(Object.entries(rowsSinceEnd));
  }

  clear(): void {
    this.records = [];
    this.last.clear();
    this.bytes = 0;
    this.trace = {};
  }
}
