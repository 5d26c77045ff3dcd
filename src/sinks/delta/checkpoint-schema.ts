import {
  Bool,
  type Data,
  DataType,
  Field,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from "apache-arrow";
import { BytesColumn } from "../../record/arrow/byte-columns.ts";
import { Int32Column, Int64Column } from "../../record/arrow/number-columns.ts";
import type { Action } from "./actions.ts";

const text = new Utf8();
const long = new Int64();
const bool = new Bool();
const optional = (name: string, type: DataType) => new Field(name, type, true);
const struct = (name: string, fields: Field[]) => optional(name, new Struct(fields));
const texts = () =>
  new Map_(
    new Field(
      "key_value",
      new Struct<{ key: Utf8; value: Utf8 }>([
        new Field("key", text, false),
        new Field("value", text, true),
      ]),
      false,
    ),
  );

/** A classic checkpoint: a row per action, exactly one of these columns not null. */
export const checkpointSchema = new Schema([
  struct("txn", [
    optional("appId", text),
    optional("version", long),
    optional("lastUpdated", long),
  ]),
  struct("add", [
    optional("path", text),
    optional("partitionValues", texts()),
    optional("size", long),
    optional("modificationTime", long),
    optional("dataChange", bool),
    optional("stats", text),
    optional("tags", texts()),
  ]),
  struct("remove", [
    optional("path", text),
    optional("deletionTimestamp", long),
    optional("dataChange", bool),
    optional("extendedFileMetadata", bool),
    optional("partitionValues", texts()),
    optional("size", long),
  ]),
  struct("metaData", [
    optional("id", text),
    optional("name", text),
    optional("description", text),
    struct("format", [optional("provider", text), optional("options", texts())]),
    optional("schemaString", text),
    optional("partitionColumns", new List(optional("element", text))),
    optional("configuration", texts()),
    optional("createdTime", long),
  ]),
  struct("protocol", [
    optional("minReaderVersion", new Int32()),
    optional("minWriterVersion", new Int32()),
  ]),
]);

export function checkpointBatch(actions: readonly Action[]): RecordBatch {
  const children = checkpointSchema.fields.map(({ name, type }) =>
    columnOf(
      type,
      actions.map((action) => action[name as keyof Action]),
    ),
  );
  const type = new Struct(checkpointSchema.fields);
  const length = actions.length;
  return new RecordBatch(checkpointSchema, makeData({ type, length, nullCount: 0, children }));
}

/** A column of JSON values: undefined and null are null. */
function columnOf(type: DataType, values: readonly unknown[]): Data {
  if (DataType.isStruct(type)) {
    const children = type.children.map((field: Field) =>
      columnOf(
        field.type,
        values.map((value) => (value as Record<string, unknown> | null | undefined)?.[field.name]),
      ),
    );
    return makeData({ type, children, ...validity(values) });
  }
  if (DataType.isMap(type)) {
    const entries = values.map((value) => Object.entries(value ?? {}));
    const pairs = entries.flat().map(([key, value]) => ({ key, value }));
    const child = columnOf(type.children[0]!.type, pairs);
    return makeData({ type, child, valueOffsets: offsets(entries), ...validity(values) } as never);
  }
  if (DataType.isList(type)) {
    const lists = values.map((value) => (value ?? []) as unknown[]);
    const child = columnOf(type.children[0]!.type, lists.flat());
    return makeData({ type, child, valueOffsets: offsets(lists), ...validity(values) } as never);
  }
  if (DataType.isBool(type)) {
    return makeData({ type, data: bits(values, (value) => value === true), ...validity(values) });
  }
  const column = flatColumn(type);
  for (const value of values) {
    if (isThere(value)) column.append(value as never);
    else column.appendNull();
  }
  return column.data();
}

function flatColumn(type: DataType) {
  if (DataType.isInt(type)) {
    return type.bitWidth === 64 ? new Int64Column(type) : new Int32Column(type);
  }
  const column = new BytesColumn(type);
  return {
    append: (value: string) => column.appendString(value),
    appendNull: () => column.appendNull(),
    data: () => column.data(),
  };
}

function offsets(lists: readonly (readonly unknown[])[]): Int32Array {
  const ends = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) ends[i + 1] = ends[i]! + list.length;
  return ends;
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

function validity(values: readonly unknown[]) {
  const nullCount = values.reduce((nulls: number, value) => nulls + (isThere(value) ? 0 : 1), 0);
  return { length: values.length, nullCount, nullBitmap: bits(values, isThere) };
}

function bits(values: readonly unknown[], isSet: (value: unknown) => boolean): Uint8Array {
  const set = new Uint8Array((values.length + 7) >> 3);
  for (const [i, value] of values.entries()) if (isSet(value)) set[i >> 3]! |= 1 << (i & 7);
  return set;
}
