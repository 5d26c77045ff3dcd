import { type Data, type DataType, type RecordBatch, type Schema, Type } from "apache-arrow";
import {
  Compression,
  EnabledStatistics,
  type WriterProperties,
  WriterPropertiesBuilder,
} from "parquet-wasm/node";

/** Readers, and compactions, decode a row group at a time: 16,384 rows of `silver.events` are about 35 MB. */
const ROW_GROUP_ROWS = 16_384;
/** Of `bronze.gkg` so many rows would be 200 MB. Counted compressed, to a fifth of the text. */
const ROW_GROUP_BYTES = 8 << 20;
/** Mean bytes of a text from which on ZSTD gains more than its price per column. */
const LONG_TEXT = 16;

/**
 * For files which a stream appends. Cheap first, because compaction writes the rows again.
 *
 * Measured on rows of `silver.events` (80 columns, 48 list items a row) against plain and ZSTD for
 * everything, as time of the whole encoding and bytes: short text and floats with Snappy, as here, 0.81
 * and 1.11; integers with Snappy too 0.87 and 1.18; integers delta-packed 0.86 and 1.13. A dictionary
 * costs more than it saves the compressor: 1.33 and 0.83 with ZSTD. Nobody reads statistics of lists.
 */
export function appendProperties(
  schema: Schema,
  batches: readonly RecordBatch[],
  indexedColumns: number,
): WriterProperties {
  // Settings by name reach flat columns only: what holds for all is what nested columns get.
  let builder = commonProperties(schema, indexedColumns).setDictionaryEnabled(false);
  for (const [i, { name, type }] of schema.fields.entries()) {
    if (isNested(type) || isIntegral(type) || isLong(batches[0]?.data.children[i])) continue;
    builder = builder.setColumnCompression(name, Compression.SNAPPY);
  }
  return builder.build();
}

/** For files which are to stay: two thirds of the bytes, and dictionaries for readers. */
export const compactProperties = (schema: Schema, indexedColumns: number): WriterProperties =>
  commonProperties(schema, indexedColumns).build();

/** The first `indexedColumns` have statistics. */
function commonProperties(schema: Schema, indexedColumns: number): WriterPropertiesBuilder {
  // Each call consumes the builder it is called on: only the returned one may be used.
  let builder = new WriterPropertiesBuilder()
    .setCreatedBy("gdelt-streams")
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .setMaxRowGroupBytes(ROW_GROUP_BYTES)
    .setCompression(Compression.ZSTD)
    .setStatisticsEnabled(EnabledStatistics.None);
  for (const { name, type } of schema.fields.slice(0, indexedColumns)) {
    if (isNested(type)) continue;
    builder = builder.setColumnStatisticsEnabled(name, EnabledStatistics.Chunk);
  }
  return builder;
}

const isNested = (type: DataType): boolean => (type.children?.length ?? 0) > 0;

const isIntegral = (type: DataType): boolean =>
  type.typeId === Type.Int || type.typeId === Type.Date || type.typeId === Type.Timestamp;

function isLong(data: Data | undefined): boolean {
  if (data?.typeId !== Type.Utf8 && data?.typeId !== Type.Binary) return false;
  const offsets = data.valueOffsets as Int32Array;
  return offsets[data.length]! - offsets[0]! > data.length * LONG_TEXT;
}
