import {
  partitionName,
  type Records,
  recordsBytes,
  type TopicPartition,
} from "../record/record-batch.ts";
import type { SliceEnd } from "../record/slice-end.ts";
import type { OutgoingRecords } from "../topology/topology.ts";

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
  private rowsSinceEnd = new Map<string, number>();
  bytes = 0;
  /** Headers that everything has beside its own, while a slice closes. */
  trace: Readonly<Record<string, string>> = {};

  add(topic: string, outgoing: OutgoingRecords): void {
    const headers = { ...outgoing.headers, ...this.trace };
    const records = { ...outgoing, headers, topic, control: null };
    this.records.push(records);
    this.bytes += recordsBytes(records);
    const name = partitionName(records);
    this.rowsSinceEnd.set(name, (this.rowsSinceEnd.get(name) ?? 0) + records.length);
  }

  /** Ends a slice in a partition; says how many records went there since the last end. */
  end({ topic, partition }: TopicPartition, end: Omit<SliceEnd, "rows">): void {
    const name = partitionName({ topic, partition });
    const rows = this.rowsSinceEnd.get(name) ?? 0;
    this.rowsSinceEnd.delete(name);
    const headers = this.trace;
    this.records.push({ ...NO_ROWS, headers, topic, partition, control: { ...end, rows } });
  }

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  all(): readonly Records[] {
    return this.records;
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
    this.bytes = 0;
    this.trace = {};
  }
}
