import { type Data, makeData, RecordBatch, type Schema, Struct, Utf8 } from "apache-arrow";
import { bronzeOriginSchema } from "../gdelt/bronze-schema.ts";
import { parseStamp } from "../gdelt/feeds.ts";
import { TsvRows } from "../gdelt/tsv-rows.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import { BytesColumn } from "../record/arrow/byte-columns.ts";
import type { Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import type { ByteColumn, RecordBatch as Records } from "../record/record-batch.ts";
import type { RowDecoder } from "../sinks/row-decoder.ts";

const utf8 = new Utf8();

/**
 * Makes rows of a feed's Bronze table (`gdelt/bronze-schema.ts`) of the rows of its topic. There is
 * no row which it refuses: one that nobody can parse is kept as bytes. One decoder serves any number
 * of partitions.
 */
export function feedDecoder(schema: Schema): RowDecoder {
  const columns = schema.fields.length - bronzeOriginSchema.fields.length - 1;
  const raw = schema.fields.at(-1)!;
  const rows = new TsvRows(columns);
  return (records, first) => {
    const published = {
      bytes: records.bytes,
      starts: records.starts.subarray(first),
      ends: records.ends.subarray(first),
      length: records.length - first,
    };
    const { length } = published;
    if (length === 0) return [];
    rows.load(published);
    const invalid = invalidRows(rows);
    if (invalid.size > 0) rows.load(repaired(published, invalid));
    const rest = new BytesColumn(raw.type);
    for (let row = 0; row < length; row++) {
      if (rows.fieldCount(row) === columns && !invalid.has(row)) rest.appendNull();
      else rest.append(published.bytes, published.starts[row]!, published.ends[row]!);
    }
    const children = [
      ...originColumns(records, first),
      ...Array.from({ length: columns }, (_, column) => textColumn(rows, column)),
      rest.data(),
    ];
    const type = new Struct(schema.fields);
    return [new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }))];
  };
}

function originColumns(records: Records, first: number): readonly Data[] {
  const { topic, partition, firstOffset, ordinals, headers, length } = records;
  const builder = new ArrowBatchBuilder(bronzeOriginSchema);
  const slice = builder.column<Int64Column>("slice");
  const feed = builder.column<BytesColumn>("feed");
  const file = builder.column<BytesColumn>("file");
  const row = builder.column<Int64Column>("row");
  const partitions = builder.column<Int32Column>("partition");
  const offset = builder.column<Int64Column>("offset");
  const sliceMs = parseStamp(headers["slice"] ?? "");
  const feedName = Buffer.from(headers["feed"] ?? topic);
  const fileName = Buffer.from(headers["file"] ?? "");
  for (let i = first; i < length; i++) {
    if (sliceMs === null) slice.appendNull();
    else slice.append(sliceMs);
    feed.append(feedName, 0, feedName.length);
    file.appendOrNull(fileName, 0, fileName.length);
    if (ordinals === null) row.appendNull();
    else row.append(ordinals[i]!);
    partitions.append(partition);
    offset.append(firstOffset + i);
  }
  return builder.batch().data.children;
}

const NONE: ReadonlySet<number> = new Set();

/** Rows that are not valid UTF-8; a batch that is as a whole is not looked at row by row. */
function invalidRows(rows: TsvRows): ReadonlySet<number> {
  let invalid: Set<number> | null = null;
  for (let row = 0; row < rows.length; row++) {
    if (rows.isUtf8Row(row)) continue;
    invalid ??= new Set();
    invalid.add(row);
  }
  return invalid ?? NONE;
}

/**
 * The rows, with U+FFFD in the place of what is no UTF-8. Their fields stay the same: a tab is never
 * a part of a broken character.
 */
function repaired(
  { bytes, starts, ends, length }: ByteColumn & { readonly length: number },
  invalid: ReadonlySet<number>,
): ByteColumn & { readonly length: number } {
  const moved = { starts: new Int32Array(length), ends: new Int32Array(length), length };
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let row = 0; row < length; row++) {
    let part = bytes.subarray(starts[row], ends[row]);
    if (invalid.has(row)) part = Buffer.from(Buffer.from(part).toString());
    parts.push(part);
    moved.starts[row] = at;
    at += part.length;
    moved.ends[row] = at;
  }
  return { bytes: Buffer.concat(parts), ...moved };
}

/** Below about this many bytes a loop beats the call into native code. */
const COPY_BYTES_MIN = 48;

/** A field of all rows, in buffers of just the size it takes: they wait for the table's commit. */
function textColumn(rows: TsvRows, column: number): Data {
  const { length, bytes, columns } = rows;
  const valueOffsets = new Int32Array(length + 1);
  let at = 0;
  for (let row = 0; row < length; row++) {
    if (rows.fieldCount(row) === columns) {
      at += rows.fieldEnd(row, column) - rows.fieldStart(row, column);
    }
    valueOffsets[row + 1] = at;
  }
  const data = new Uint8Array(at);
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < length; row++) {
    at = valueOffsets[row]!;
    const width = valueOffsets[row + 1]! - at;
    if (width === 0) {
      nullCount++;
      continue;
    }
    nullBitmap[row >> 3]! |= 1 << (row & 7);
    const start = rows.fieldStart(row, column);
    if (width > COPY_BYTES_MIN) data.set(bytes.subarray(start, start + width), at);
    else for (let i = 0; i < width; i++) data[at + i] = bytes[start + i]!;
  }
  return makeData({ type: utf8, length, nullCount, nullBitmap, valueOffsets, data });
}
