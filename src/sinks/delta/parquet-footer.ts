import { type FileMetaData, parquetMetadata } from "hyparquet";

/** After the footer: its length, and the magic. */
const TRAILER_BYTES = 8;

/** The footer of a Parquet file; times in its statistics are counts as they are stored. */
export function readFooter(bytes: Uint8Array): FileMetaData {
  return parquetMetadata(tail(bytes), {
    geoparquet: false,
    // As dates they would lose their microseconds.
    parsers: {
      timestampFromMilliseconds: (ms) => ms,
      timestampFromMicroseconds: (us) => us,
      dateFromDays: (days) => days,
    },
  });
}

/** The footer and what is behind it, so that nothing else is copied; all where that is no such file. */
function tail({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  let length = byteLength;
  if (byteLength >= TRAILER_BYTES) {
    const trailer = new DataView(buffer, byteOffset + byteLength - TRAILER_BYTES);
    length = Math.min(byteLength, trailer.getUint32(0, true) + TRAILER_BYTES);
  }
  const end = byteOffset + byteLength;
  return buffer.slice(end - length, end) as ArrayBuffer;
}
