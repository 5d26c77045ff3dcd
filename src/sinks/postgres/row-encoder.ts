import { BinaryWriter } from "./binary-writer.ts";
import type { OrderedRows } from "./row-order.ts";
import type { SourcedRows } from "./row-source.ts";
import type { TableShape } from "./table-shape.ts";
import { constantTime, type ValueWriter, valueWriter, writeNull } from "./value-writer.ts";

/** The column that says when a row became readable, where the table has it. */
const COMMITTED_AT = "silver_committed_at";

/** Where the number of rows stands in an array: after dimensions, whether it has nulls, type. */
const COUNT_AT = 12;

/**
 * Rows as one parameter: an array of the table's row type, in binary form. The server reads it
 * column by column without looking for quotes, and a list needs no other form within it.
 */
export class RowEncoder {
  private readonly shape: TableShape;
  private readonly rows: OrderedRows;
  private readonly nowUs: number;
  private readonly writer = new BinaryWriter();
  /** What writes each column of a batch; made when it is first needed. */
  private readonly batches: (ValueWriter[] | undefined)[];

  /** @param nowMs the time of the commit, which every row gets. */
  constructor(shape: TableShape, rows: OrderedRows, nowMs: number) {
    this.shape = shape;
    this.rows = rows;
    this.nowUs = Math.floor(nowMs) * 1000;
    this.batches = new Array(rows.batches.length).fill(undefined);
  }

  /** Rows from `from` up to `to`, or fewer if they are more than `bytesMax`; always at least one. */
  encode(from: number, to: number, bytesMax: number): { bytes: Uint8Array; to: number } {
    const { writer, shape, rows } = this;
    writer.clear();
    writer.int32(1);
    writer.int32(0);
    writer.int32(shape.rowType);
    writer.int32(0);
    writer.int32(1);
    let row = from;
    for (; row < to && (row === from || writer.length < bytesMax); row++) {
      const columns = this.columnsOf(rows.batchOf[row]!);
      const at = rows.rowOf[row]!;
      const start = writer.open();
      writer.int32(columns.length);
      for (let i = 0; i < columns.length; i++) {
        writer.int32(shape.columns[i]!.type);
        columns[i]!(writer, at);
      }
      writer.close(start);
    }
    writer.setInt32(COUNT_AT, row - from);
    return { bytes: writer.copy(), to: row };
  }

  private columnsOf(batch: number): ValueWriter[] {
    this.batches[batch] ??= this.writersOf(this.rows.batches[batch]!);
    return this.batches[batch]!;
  }

  private writersOf({ rows }: SourcedRows): ValueWriter[] {
    return this.shape.columns.map(({ name, ours }) => {
      if (ours === null) return writeNull;
      if (name === COMMITTED_AT) return constantTime(this.nowUs);
      return valueWriter(rows.data.children[ours]!);
    });
  }
}
