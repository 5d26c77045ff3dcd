import {
  type Data,
  DataType,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Type,
  util,
} from "apache-arrow";
import { ConfigError, RecordError } from "../record/errors.ts";

/**
 * A batch as the table has it. One from an older version of the program, which lacks nullable
 * columns at the end, gets them as nulls.
 * @param from where the batch came from, for messages.
 * @throws ConfigError when its columns are not the table's.
 * @throws RecordError when a required column has nulls.
 */
export function asTableBatch(batch: RecordBatch, schema: Schema, from: string): RecordBatch {
  const given = batch.schema.fields;
  if (given.length > schema.fields.length) {
    const extra = given[schema.fields.length]!;
    throw new ConfigError(
      `${from}: column ${extra.name} ${extra.type} is not in the table; a newer version of the ` +
        "program wrote this: run that version here too",
    );
  }
  const children = schema.fields.map((field, i) => {
    const column = given[i];
    if (column === undefined) {
      if (field.nullable) return nullColumn(field.type, batch.numRows);
      throw new ConfigError(`${from}: required column ${field.name} ${field.type} is missing`);
    }
    if (column.name !== field.name || !util.compareTypes(column.type, field.type)) {
      throw new ConfigError(
        `${from}: column ${i + 1} is ${column.name} ${column.type}, the table has ` +
          `${field.name} ${field.type}`,
      );
    }
    const data = batch.data.children[i]!;
    if (!field.nullable && data.nullCount > 0) {
      throw new RecordError(`${from}: ${data.nullCount} nulls in required column ${field.name}`);
    }
    return data;
  });
  return withColumns(schema, batch.numRows, children);
}

/**
 * A batch without the nullable columns at its end that a newer version of the program has added: while
 * replicas are updated one by one, the older ones go on, and their rows read as null there.
 */
export function withoutNewerColumns(batch: RecordBatch, schema: Schema): RecordBatch {
  const known = schema.fields.length;
  const { fields } = batch.schema;
  if (fields.length <= known || fields.slice(known).some(({ nullable }) => !nullable)) return batch;
  const children = batch.data.children.slice(0, known);
  return withColumns(new Schema(fields.slice(0, known)), batch.numRows, children);
}

export function withColumns(schema: Schema, length: number, children: Data[]): RecordBatch {
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
}

const BYTES = new Set([Type.Utf8, Type.LargeUtf8, Type.Binary, Type.LargeBinary]);

/** `length` nulls. */
function nullColumn(type: DataType, length: number): Data {
  const nulls = { type, length, nullCount: length, nullBitmap: new Uint8Array((length + 7) >> 3) };
  if (DataType.isStruct(type)) {
    const children = type.children.map((field) => nullColumn(field.type, length));
    return makeData({ ...nulls, children } as never);
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    const child = nullColumn(type.children[0]!.type, 0);
    return makeData({ ...nulls, valueOffsets: new Int32Array(length + 1), child } as never);
  }
  if (DataType.isDictionary(type)) {
    const dictionary = makeVector(nullColumn(type.dictionary, 0));
    return makeData({ ...nulls, data: new type.indices.ArrayType(length), dictionary } as never);
  }
  if (BYTES.has(type.typeId)) {
    const valueOffsets = new type.OffsetArrayType(length + 1);
    return makeData({ ...nulls, valueOffsets, data: new Uint8Array(0) } as never);
  }
  const words = DataType.isDecimal(type) ? length * (type.bitWidth / 32) : length;
  return makeData({ ...nulls, data: new type.ArrayType(words) } as never);
}
