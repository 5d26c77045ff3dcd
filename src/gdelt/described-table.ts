import {
  Binary,
  Bool,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Schema,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";

/**
 * A table that others read: its columns with what they say. The texts are beside the fields and not
 * in their metadata, which travels with every record.
 */
export interface DescribedTable {
  readonly description: string;
  readonly columns: readonly DescribedColumn[];
  readonly schema: Schema;
}

export interface DescribedColumn {
  readonly field: Field;
  readonly description: string;
}

type ArrowType = Field["type"];

export const required = (name: string, type: ArrowType, description: string): DescribedColumn => ({
  field: new Field(name, type, false),
  description,
});

/** May be null: the only kind that can be added to a table which is there. */
export const optional = (name: string, type: ArrowType, description: string): DescribedColumn => ({
  field: new Field(name, type, true),
  description,
});

export const describedTable = (
  description: string,
  columns: readonly DescribedColumn[],
): DescribedTable => ({
  description,
  columns,
  schema: new Schema(columns.map(({ field }) => field)),
});

export const utf8 = new Utf8();
export const int32 = new Int32();
export const int64 = new Int64();
export const float64 = new Float64();
export const bool = new Bool();
export const binary = new Binary();
export const day = new DateDay();
export const timestamp = new TimestampMicrosecond("UTC");
export const names = new List(new Field("element", utf8, false));
