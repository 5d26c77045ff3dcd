import { type Data, makeData, type RecordBatch } from "apache-arrow";
import type { Clock } from "../../record/clock.ts";
import { TaskCorruptedError } from "../../record/errors.ts";
import type { RecordBatch as Records, TopicPartition } from "../../record/record-batch.ts";
import type { RecordSink, TableFiles } from "../../runtime/ports.ts";
import { withColumns } from "../batch-shape.ts";
import type { RowDecoder } from "../row-decoder.ts";
import type { DeltaTable } from "./delta-table.ts";
import { ProgressCounter } from "./sink-progress.ts";

/** The column that says when a row became readable, where the table has it. */
const COMMITTED_AT = "silver_committed_at";

export interface DeltaSinkOptions {
  readonly table: DeltaTable;
  readonly source: TopicPartition;
  readonly application: string;
  readonly generation: number;
  /** The sink's name in the topology. */
  readonly name: string;
  readonly decode: RowDecoder;
  readonly clock: Clock;
}

/**
 * Feeds a Delta table from one partition of a topic. The position is a transaction of the table,
 * committed with the rows: none is lost and none is doubled, whatever happens in between and whoever
 * else writes the table. So is what the table says of its own progress.
 */
export class DeltaSink implements RecordSink {
  private readonly table: DeltaTable;
  private readonly appId: string;
  private readonly progress: ProgressCounter;
  private readonly decode: RowDecoder;
  private readonly clock: Clock;
  /** Committed in the table; null: nothing yet. */
  private committed: number | null = null;
  /** After the last batch taken; null: none yet. */
  private next: number | null = null;
  private batches: RecordBatch[] = [];
  private bytes = 0;
  private isOpen = false;

  constructor(options: DeltaSinkOptions) {
    const { table, source, application, generation, name, decode, clock } = options;
    this.table = table;
    this.appId = `${application}/${generation}/${name}/${source.topic}-${source.partition}`;
    this.progress = new ProgressCounter(this.appId);
    this.decode = decode;
    this.clock = clock;
  }

  async open(): Promise<number | null> {
    await this.table.refresh();
    const { transactions } = this.table.snapshot;
    this.committed = transactions.get(this.appId)?.version ?? null;
    this.progress.load(transactions);
    this.next = this.committed;
    this.batches = [];
    this.bytes = 0;
    this.isOpen = true;
    return this.committed;
  }

  /**
   * @throws TaskCorruptedError when offsets were skipped: the rows in between would be missing.
   * @throws RecordError and ConfigError as the decoder does.
   */
  write(batch: Records): number {
    this.checkOpen();
    const from = this.next ?? batch.firstOffset;
    if (batch.nextOffset <= from) return 0;
    if (batch.firstOffset > from) {
      throw new TaskCorruptedError(
        `${this.appId}: the batch begins at offset ${batch.firstOffset}, the sink is at ${from}; ` +
          "read on from where open() says",
      );
    }
    // All or nothing: a record that is refused leaves the buffer as it was before the batch.
    const first = from - batch.firstOffset;
    const decoded = this.decode(batch, first);
    this.batches.push(...decoded);
    for (let i = first; i < batch.length; i++) this.bytes += batch.ends[i]! - batch.starts[i]!;
    this.next = batch.nextOffset;
    const rows = decoded.reduce((sum, { numRows }) => sum + numRows, 0);
    this.progress.take(batch, rows);
    return rows;
  }

  get files(): TableFiles {
    const { version, smallFiles: small } = this.table.snapshot;
    return { version, small };
  }

  get bufferedBytes(): number {
    return this.bytes;
  }

  async commit(): Promise<void> {
    this.checkOpen();
    const { next, committed: previous, appId } = this;
    if (next === null || next === previous) return;
    const rows = this.stamped();
    const progress = this.progress.steps();
    // Given away first, so that batches which come while the table commits are the next commit's.
    this.batches = [];
    this.bytes = 0;
    try {
      await this.table.append(rows, [{ appId, previous, version: next }, ...progress]);
    } catch (error) {
      // The rows are gone from here, and may or may not be in the table: only open() tells.
      this.isOpen = false;
      throw error;
    }
    this.committed = next;
    this.progress.markCommitted(progress);
  }

  private checkOpen(): void {
    if (this.isOpen) return;
    throw new TaskCorruptedError(`${this.appId}: the sink is not open, or failed; open it anew`);
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
