import {
  type Data,
  makeData,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  type Schema,
  Struct,
} from "apache-arrow";
import type { Column } from "./column.ts";
import { columnFor } from "./column-for.ts";

/** Collects rows column by column and turns them into one Arrow record batch. */
export class ArrowBatchBuilder {
  readonly schema: Schema;
  private readonly columns: readonly Column[];

  constructor(schema: Schema) {
    this.schema = schema;
    this.columns = schema.fields.map(columnFor);
  }

  /** The column of that name; the caller knows its class from the schema. */
  column<C extends Column>(name: string): C {
    const at = this.schema.fields.findIndex((field) => field.name === name);
    if (at < 0) throw new TypeError(`no column ${name} in the schema`);
    return this.columns[at] as C;
  }

  get length(): number {
    return this.columns[0]!.length;
  }

  /** The rows so far, as views of the builder's buffers: they hold until more is appended. */
  batch(): RecordBatch {
    const { length, schema } = this;
    for (const [i, column] of this.columns.entries()) {
      if (column.length !== length) {
        const { name } = schema.fields[i]!;
        throw new TypeError(`column ${name} has ${column.length} rows, the first has ${length}`);
      }
    }
    const type = new Struct(schema.fields);
    const children = this.columns.map((column): Data => column.data());
    return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
  }

  /** The rows so far as an IPC stream (schema, one batch, end), and an empty builder again. */
  encode(): Uint8Array {
    const bytes = encodeArrow(this.batch());
    for (const column of this.columns) column.clear();
    return bytes;
  }
}

export const ARROW_STREAM = "application/vnd.apache.arrow.stream";

/** One record batch as a whole IPC stream. */
export const encodeArrow = (batch: RecordBatch): Uint8Array =>
  new RecordBatchStreamWriter().writeAll([batch]).toUint8Array(true);

/** The record batches of an IPC stream, as views of its bytes. */
export function decodeArrow(bytes: Uint8Array): RecordBatch[] {
  const reader = RecordBatchReader.from(bytes);
  return [...reader];
}
