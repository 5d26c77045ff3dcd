import { TaskMigratedError } from "../record/errors.ts";
import type { RecordBatch } from "../record/record-batch.ts";
import type { RecordSink } from "../runtime/ports.ts";
import type { Intercept } from "./intercepted-log.ts";

/** A record as a table took it: raw value and where it was in its topic. */
export interface TableRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array;
}

interface PartitionOfTable {
  position: number | null;
  readonly records: TableRecord[];
}

/**
 * Tables in memory, by the name of their node: records and position change together, as in a
 * database. They outlive the sinks, as a database outlives its clients.
 */
export class MemoryTables {
  private readonly partitions = new Map<string, PartitionOfTable>();

  /** What a table has taken, by partition, in the order of the topic. */
  records(node: string): readonly TableRecord[] {
    return [...this.partitions]
      .filter(([name]) => name.startsWith(`${node}/`))
      .flatMap(([, { records }]) => records);
  }

  /** The sink of one partition of the topic that feeds a table; its calls go through `intercept`. */
  sink(node: string, topic: string, partition: number, intercept: Intercept): RecordSink {
    const name = `${node}/${topic}-${partition}`;
    const target = this.partitions.get(name) ?? { position: null, records: [] };
    this.partitions.set(name, target);
    return new MemorySink(name, target, intercept);
  }
}

class MemorySink implements RecordSink {
  private readonly name: string;
  private readonly target: PartitionOfTable;
  private readonly intercept: Intercept;
  private committed: number | null = null;
  private next: number | null = null;
  private waiting: TableRecord[] = [];
  bufferedBytes = 0;

  constructor(name: string, target: PartitionOfTable, intercept: Intercept) {
    this.name = name;
    this.target = target;
    this.intercept = intercept;
  }

  async open(): Promise<number | null> {
    this.committed = await this.intercept("table.open", async () => this.target.position);
    this.next = this.committed;
    return this.committed;
  }

  write({ topic, partition, firstOffset, nextOffset, bytes, starts, ends, length }: RecordBatch) {
    for (let row = 0; row < length; row++) {
      const value = bytes.slice(starts[row]!, ends[row]!);
      this.waiting.push({ topic, partition, offset: firstOffset + row, value });
      this.bufferedBytes += value.length;
    }
    this.next = nextOffset;
    return length;
  }

  async commit(): Promise<void> {
    if (this.next === this.committed) return;
    await this.intercept("table.commit", async () => {
      const { target, committed, next } = this;
      if (target.position !== committed) {
        throw new TaskMigratedError(
          `${this.name} is at offset ${target.position}, not at ${committed}: another sink feeds it`,
        );
      }
      target.position = next;
      target.records.push(...this.waiting);
    });
    this.committed = this.next;
    this.waiting = [];
    this.bufferedBytes = 0;
  }
}
