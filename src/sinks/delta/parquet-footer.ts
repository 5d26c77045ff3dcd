import { type FileMetaData, parquetMetadata } from "hyparquet";

/** The footer of a Parquet file; times in its statistics are counts as they are stored. */
export function readFooter(bytes: Uint8Array): FileMetaData {
  const { buffer, byteOffset, byteLength } = bytes;
  const whole = byteLength === buffer.byteLength;
  const file = (whole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
  return parquetMetadata(file, {
    geoparquet: false,
    // As dates they would lose their microseconds.
    parsers: {
      timestampFromMilliseconds: (ms) => ms,
      timestampFromMicroseconds: (us) => us,
      dateFromDays: (days) => days,
    },
  });
}
