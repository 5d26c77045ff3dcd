import { eventColumns } from "../gdelt/columns.ts";
import { NumberParser, PARSED } from "../gdelt/parse-number.ts";
import type { TsvRows } from "../gdelt/tsv-rows.ts";
import type { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import { BytesColumn } from "../record/arrow/byte-columns.ts";
import type { Column } from "../record/arrow/column.ts";
import type { Float64Column, Int32Column, Int64Column } from "../record/arrow/number-columns.ts";

interface Target {
  readonly index: number;
  readonly type: string;
  readonly column: Column;
}

/** Fills the columns of `silver.events` which the event's own row gives, from its bytes. */
export class EventColumns {
  private readonly texts: readonly { readonly index: number; readonly column: BytesColumn }[];
  private readonly numbers: readonly Target[];
  private readonly parser = new NumberParser();

  constructor(builder: ArrowBatchBuilder) {
    const carried = new Set(builder.schema.fields.map((field) => field.name));
    const targets = eventColumns
      .filter(({ snakeName }) => carried.has(snakeName))
      .map(({ index, type, snakeName }) => ({
        index,
        type,
        column: builder.column<Column>(snakeName),
      }));
    this.texts = targets.flatMap(({ index, column }) =>
      column instanceof BytesColumn ? [{ index, column }] : [],
    );
    this.numbers = targets.filter(({ column }) => !(column instanceof BytesColumn));
  }

  /** Appends a row that has been validated before it was stored. */
  append(rows: TsvRows, row: number): void {
    const { bytes } = rows;
    for (const { index, column } of this.texts) {
      column.appendOrNull(bytes, rows.fieldStart(row, index), rows.fieldEnd(row, index));
    }
    for (const target of this.numbers) this.appendNumber(target, rows, row);
  }

  private appendNumber({ index, type, column }: Target, rows: TsvRows, row: number): void {
    const { parser } = this;
    const start = rows.fieldStart(row, index);
    const end = rows.fieldEnd(row, index);
    switch (type) {
      case "int32":
        if (parser.int32(rows.bytes, start, end) !== PARSED) column.appendNull();
        else (column as Int32Column).append(parser.value);
        break;
      case "date":
        if (parser.date(rows.bytes, start, end) !== PARSED) column.appendNull();
        else (column as Int32Column).append(parser.value);
        break;
      case "float64":
        if (parser.float64(rows.bytes, start, end) !== PARSED) column.appendNull();
        else (column as Float64Column).append(parser.value);
        break;
      case "stamp":
        parser.stamp(rows.bytes, start, end);
        (column as Int64Column).append(parser.value);
        break;
      default:
        parser.int64(rows.bytes, start, end);
        (column as Int64Column).append(parser.value);
    }
  }
}
