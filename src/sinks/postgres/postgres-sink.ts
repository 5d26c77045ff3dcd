import type { Clock } from "../../record/clock.ts";
import { RetriableError, TaskCorruptedError } from "../../record/errors.ts";
import type { RecordBatch as Records } from "../../record/record-batch.ts";
import type { RecordSink } from "../../runtime/ports.ts";
import { PartitionBuffer, type Taken } from "../partition-buffer.ts";
import type { RowDecoder } from "../row-decoder.ts";
import type { Database, Transaction } from "./database.ts";
import { DayPartitions } from "./day-partitions.ts";
import { bury, withoutRows } from "./refused-rows.ts";
import { RowEncoder } from "./row-encoder.ts";
import { orderRows } from "./row-order.ts";
import { type SourcedRows, sourcedRows } from "./row-source.ts";
import { RowWriter } from "./row-writer.ts";
import { type SinkIdentity, SinkPosition } from "./sink-position.ts";
import { StatementError } from "./statement-error.ts";
import { readTableShape, type TableShape } from "./table-shape.ts";
import { type PostgresTable, upsertSql } from "./upsert.ts";

export interface PostgresSinkOptions extends SinkIdentity {
  readonly database: Database;
  readonly table: PostgresTable;
  readonly decode: RowDecoder;
  readonly clock: Clock;
}

/**
 * Feeds a Postgres table from one partition of a topic. The position is moved in the transaction
 * that writes the rows, so none is lost or doubled, whatever happens in between. A row replaces the
 * one that has its key only if it is newer. What the database refuses goes to `ops.dead_letter` in
 * the same transaction, and the rest is written.
 */
export class PostgresSink implements RecordSink {
  private readonly options: PostgresSinkOptions;
  private readonly position: SinkPosition;
  private readonly partitions: DayPartitions | null;
  private readonly buffer: PartitionBuffer<SourcedRows>;
  /** Null: not open, or failed. */
  private shape: TableShape | null = null;

  constructor(options: PostgresSinkOptions) {
    const { database, table, decode } = options;
    this.options = options;
    this.position = new SinkPosition(options);
    this.partitions = table.byDay ? new DayPartitions(database, table.name) : null;
    this.buffer = new PartitionBuffer((records, first) => sourcedRows(decode, records, first));
  }

  /** Fences whoever fed the table from this partition before. */
  async open(): Promise<number | null> {
    const { table, database } = this.options;
    this.shape = null;
    const position = await this.retriably(() =>
      database.transaction(async (tx) => {
        const shape = await readTableShape(tx, table.name, table.schema);
        await this.partitions?.read(tx);
        return { shape, next: await this.position.take(tx) };
      }),
    );
    this.buffer.reset(position.next);
    this.shape = position.shape;
    return position.next;
  }

  /** @throws TaskCorruptedError, RecordError and ConfigError as `PartitionBuffer.add` does. */
  write(records: Records): number {
    this.shapeWhenOpen();
    return this.buffer.add(records).reduce((sum, { rows }) => sum + rows.numRows, 0);
  }

  get bufferedBytes(): number {
    return this.buffer.bytes;
  }

  /** @throws TaskMigratedError when another owner has the partition; nothing was written. */
  async commit(): Promise<void> {
    const { database } = this.options;
    const shape = this.shapeWhenOpen();
    const taken = this.buffer.take();
    if (taken === null) return;
    try {
      await this.retriably(async () => {
        await this.partitions?.provide(taken.items);
        await database.transaction((tx) => this.writeRows(tx, shape, taken));
      });
    } catch (error) {
      // The rows are gone from here, and may or may not be in the table: only open() tells.
      this.shape = null;
      throw error;
    }
  }

  private async writeRows(
    tx: Transaction,
    shape: TableShape,
    { items, from, to }: Taken<SourcedRows>,
  ): Promise<void> {
    const { table, source, clock } = this.options;
    const nowMs = clock.nowMs();
    // First, because it locks the row: a second owner waits here, and then finds it moved.
    const moved = this.position.advance(tx, from, to);
    moved.catch(() => {});
    const columns = shape.columns.map(({ name }) => name);
    // A table that was made anew has another row type, and its statement another name.
    const name = `${table.name} ${shape.rowType} ${columns.length}`;
    const upsert = { name, sql: upsertSql(table, columns) };
    for (let left = items; ; ) {
      const rows = orderRows(left, table.key, table.rank);
      await moved;
      const writer = new RowWriter(tx, upsert, new RowEncoder(shape, rows, nowMs));
      await writer.writeAll(rows.length);
      if (writer.refused.length === 0) return;
      await bury(tx, writer.refused, { table: table.name, source, rows, nowMs });
      // An older row of the same key may have stood back for one that is refused.
      left = withoutRows(rows, writer.refused);
    }
  }

  /**
   * A statement that is refused is tried again: the table may have been changed since it was opened, or
   * somebody may have locked it for too long.
   */
  private async retriably<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof StatementError)) throw cause;
      const { name } = this.options.table;
      throw new RetriableError(`table ${name}: ${cause.message}`, { cause });
    }
  }

  private shapeWhenOpen(): TableShape {
    if (this.shape !== null) return this.shape;
    throw new TaskCorruptedError(
      `${this.position.name}: the sink is not open, or failed; open it anew`,
    );
  }
}
