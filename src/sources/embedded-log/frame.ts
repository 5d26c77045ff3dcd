import { crc32 } from "node:zlib";

/**
 * The journal is a row of frames: a header of 64 bytes, a body, and zeros up to a multiple of 8, so
 * that the tables of a body can be used where they lie. Numbers are as the machine has them
 * (little-endian on all that Node supports but s390x, whose journals nobody else can read).
 */
export interface FrameHeader {
  readonly kind: "rows" | "commit";
  /** Which sections a body of rows has. */
  readonly flags: number;
  readonly bodyBytes: number;
  readonly bodyCrc: number;
  readonly rows: number;
  readonly metaBytes: number;
  readonly valueBytes: number;
  /** Of all rows, where they share one. */
  readonly timestampMs: number;
}

/** Where a frame is. Its header says so too, and a frame found elsewhere is none. */
export interface Place {
  /** The number of the segment file. */
  readonly segment: number;
  readonly position: number;
  /** Header, body and padding. */
  readonly bytes: number;
}

/** A frame on its way to the journal. The first part has room for the header in front. */
export interface Frame {
  readonly header: FrameHeader;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

export const headerBytes = 64;
const magic = 0x314a5347; // "GSJ1"
const kinds = ["rows", "commit"] as const;
const zeros = new Uint8Array(8);

export const paddedTo8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Makes a frame of a body whose first part begins after `headerBytes` bytes. */
export function frameOf(
  header: Omit<FrameHeader, "bodyBytes" | "bodyCrc">,
  first: Uint8Array,
  rest: readonly Uint8Array[],
): Frame {
  let bodyCrc = crc32(first.subarray(headerBytes));
  let bytes = first.length;
  for (const part of rest) {
    bodyCrc = crc32(part, bodyCrc);
    bytes += part.length;
  }
  const padding = zeros.subarray(0, paddedTo8(bytes) - bytes);
  return {
    header: { ...header, bodyBytes: bytes - headerBytes, bodyCrc },
    parts: padding.length === 0 ? [first, ...rest] : [first, ...rest, padding],
    bytes: bytes + padding.length,
  };
}

/** Writes the header in front, now that it is known where the frame goes. */
export function sealFrame({ header, parts }: Frame, place: Omit<Place, "bytes">): void {
  const first = parts[0]!;
  const view = new DataView(first.buffer, first.byteOffset, headerBytes);
  const put = (index: number, value: number) => view.setUint32(index * 4, value, true);
  put(0, magic);
  put(1, kinds.indexOf(header.kind) | (header.flags << 8));
  view.setFloat64(8, place.position, true);
  put(4, place.segment);
  put(5, header.bodyBytes);
  put(6, header.bodyCrc);
  put(7, header.rows);
  put(8, header.metaBytes);
  put(9, header.valueBytes);
  view.setFloat64(40, header.timestampMs, true);
  put(15, crc32(first.subarray(0, headerBytes - 4)));
}

/** The header at the beginning of `bytes`, or null if there is none that belongs to this place. */
export function readHeader(bytes: Uint8Array, place: Omit<Place, "bytes">): FrameHeader | null {
  if (bytes.length < headerBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const get = (index: number) => view.getUint32(index * 4, true);
  if (get(0) !== magic || get(15) !== crc32(bytes.subarray(0, headerBytes - 4))) return null;
  const kind = kinds[get(1) & 0xff];
  const here = view.getFloat64(8, true) === place.position && get(4) === place.segment;
  if (kind === undefined || !here) return null;
  return {
    kind,
    flags: get(1) >>> 8,
    bodyBytes: get(5),
    bodyCrc: get(6),
    rows: get(7),
    metaBytes: get(8),
    valueBytes: get(9),
    timestampMs: view.getFloat64(40, true),
  };
}

export const bodyOf = (frame: Uint8Array, { bodyBytes }: FrameHeader): Uint8Array =>
  frame.subarray(headerBytes, headerBytes + bodyBytes);

/** Whether `body` is what was written with the header. */
export const isWhole = (body: Uint8Array, { bodyBytes, bodyCrc }: FrameHeader): boolean =>
  body.length === bodyBytes && crc32(body) === bodyCrc;
