import { type Data, makeData, type RecordBatch } from "apache-arrow";
import { decodeArrow } from "../../record/arrow/batch-builder.ts";
import type { Clock } from "../../record/clock.ts";
import { RecordError, TaskCorruptedError } from "../../record/errors.ts";
import type { RecordBatch as Records, TopicPartition } from "../../record/record-batch.ts";
import type { RecordSink } from "../../runtime/ports.ts";
import { asTableBatch, withColumns } from "./batch-shape.ts";
import type { DeltaTable } from "./delta-table.ts";

/** The column that says when a row became readable, where the table has it. */
const COMMITTED_AT = "silver_committed_at";

export interface DeltaSinkOptions {
  readonly table: DeltaTable;
  readonly source: TopicPartition;
  readonly application: string;
  readonly generation: number;
  /** The sink's name in the topology. */
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Feeds a Delta table from one partition whose record values are Arrow IPC streams of the table's
 * columns. The position is a transaction of the table, committed with the rows: none is lost and
 * none is doubled, whatever happens in between and whoever else writes the table.
 */
export class DeltaSink implements RecordSink {
  private readonly table: DeltaTable;
  private readonly source: TopicPartition;
  private readonly appId: string;
  private readonly clock: Clock;
  /** Committed in the table; null: nothing yet. */
  private committed: number | null = null;
  /** After the last batch taken; null: none yet. */
  private next: number | null = null;
  private batches: RecordBatch[] = [];
  private bytes = 0;
  private isOpen = false;

  constructor({ table, source, application, generation, name, clock }: DeltaSinkOptions) {
    this.table = table;
    this.source = source;
    this.appId = `${application}/${generation}/${name}/${source.topic}-${source.partition}`;
    this.clock = clock;
  }

  async open(): Promise<number | null> {
    await this.table.refresh();
    this.committed = this.table.snapshot.transactions.get(this.appId)?.version ?? null;
    this.next = this.committed;
    this.batches = [];
    this.bytes = 0;
    this.isOpen = true;
    return this.committed;
  }

  /**
   * @throws TaskCorruptedError when offsets were skipped: the rows in between would be missing.
   * @throws RecordError when a value is no Arrow stream, or has nulls where none may be.
   * @throws ConfigError when its columns are not the table's.
   */
  write(batch: Records): void {
    this.checkOpen();
    const from = this.next ?? batch.firstOffset;
    if (batch.nextOffset <= from) return;
    if (batch.firstOffset > from) {
      throw new TaskCorruptedError(
        `${this.appId}: the batch begins at offset ${batch.firstOffset}, the sink is at ${from}; ` +
          "read on from where open() says",
      );
    }
    // All or nothing: a record that is refused leaves the buffer as it was before the batch.
    const decoded: RecordBatch[] = [];
    let bytes = 0;
    for (let i = from - batch.firstOffset; i < batch.length; i++) {
      for (const rows of this.decode(batch, i)) decoded.push(rows);
      bytes += batch.ends[i]! - batch.starts[i]!;
    }
    this.batches.push(...decoded);
    this.bytes += bytes;
    this.next = batch.nextOffset;
  }

  get bufferedBytes(): number {
    return this.bytes;
  }

  async commit(): Promise<void> {
    this.checkOpen();
    const { next, committed: previous, appId } = this;
    if (next === null || next === previous) return;
    const rows = this.stamped();
    // Given away first, so that batches which come while the table commits are the next commit's.
    this.batches = [];
    this.bytes = 0;
    try {
      await this.table.append(rows, [{ appId, previous, version: next }]);
    } catch (error) {
      // The rows are gone from here, and may or may not be in the table: only open() tells.
      this.isOpen = false;
      throw error;
    }
    this.committed = next;
  }

  private checkOpen(): void {
    if (this.isOpen) return;
    throw new TaskCorruptedError(`${this.appId}: the sink is not open, or failed; open it anew`);
  }

  private decode(batch: Records, i: number): RecordBatch[] {
    const { topic, partition } = this.source;
    const from = `${topic}-${partition} offset ${batch.firstOffset + i}`;
    const start = batch.starts[i]!;
    const value = batch.bytes.subarray(start, batch.ends[i]!);
    let decoded: RecordBatch[];
    try {
      // Columns are views of the value, so that it must begin where 64-bit numbers may lie.
      decoded = decodeArrow(value.byteOffset % 8 === 0 ? value : new Uint8Array(value));
    } catch (cause) {
      throw new RecordError(`${from}: the value is no Arrow IPC stream`, { cause });
    }
    // The decoder takes some kinds of rubbish for the end of a stream, and their rows would be lost.
    if (decoded.length === 0) throw new RecordError(`${from}: the value is no Arrow IPC stream`);
    return decoded.map((rows) => asTableBatch(rows, this.table.schema, from));
  }

  /** The buffered batches with the time of this commit in every row. */
  private stamped(): RecordBatch[] {
    const { schema } = this.table;
    const at = schema.fields.findIndex(({ name }) => name === COMMITTED_AT);
    if (at < 0) return this.batches;
    const { type } = schema.fields[at]!;
    const rowsMax = this.batches.reduce((most, { numRows }) => Math.max(most, numRows), 0);
    const nowUs = new BigInt64Array(rowsMax).fill(BigInt(Math.floor(this.clock.nowMs())) * 1000n);
    return this.batches.map(({ numRows: length, data }) => {
      const children: Data[] = [...data.children];
      const values = nowUs.subarray(0, length);
      children[at] = makeData({ type, length, nullCount: 0, data: values } as never);
      return withColumns(schema, length, children);
    });
  }
}
