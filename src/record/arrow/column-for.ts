import { type Field, TimeUnit, Type } from "apache-arrow";
import { BinaryDictionaryColumn, BytesColumn, TextListColumn } from "./byte-columns.ts";
import type { Column } from "./column.ts";
import { BoolColumn, Float64Column, Int32Column, Int64Column } from "./number-columns.ts";

/** The column that fills a field of that type. */
export function columnFor({ type, name }: Field): Column {
  switch (type.typeId) {
    case Type.Int:
      return type.bitWidth === 64 ? new Int64Column(type) : new Int32Column(type);
    case Type.Date:
      return new Int32Column(type);
    case Type.Timestamp:
      return new Int64Column(type, type.unit === TimeUnit.MICROSECOND ? 1000 : 1);
    case Type.Float:
      return new Float64Column(type);
    case Type.Bool:
      return new BoolColumn(type);
    case Type.Utf8:
    case Type.Binary:
      return new BytesColumn(type);
    case Type.List:
      return new TextListColumn(type);
    case Type.Dictionary:
      return new BinaryDictionaryColumn(type);
    default:
      throw new TypeError(`column ${name}: no builder for Arrow type ${type}`);
  }
}
