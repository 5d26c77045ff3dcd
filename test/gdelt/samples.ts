import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { inflateRawSync } from "node:zlib";
import type { ByteColumn } from "../../src/record/record-batch.ts";

/** Real GDELT files. Data: The GDELT Project, https://www.gdeltproject.org/ */
const FOLDER = path.resolve(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt");

/** For `{ skip }`: false, or why the tests on real files cannot run. */
export const withoutSamples = existsSync(FOLDER)
  ? false
  : `no GDELT samples in ${FOLDER}: set GDELT_SAMPLES`;

export type Rows = ByteColumn & { readonly length: number };

/** The rows of a sample: a file as it is, or the one file of a zip, by its central directory. */
export const sampleRows = (name: string): Rows => rowsOf(sampleBytes(name));

export function sampleBytes(name: string): Buffer {
  const bytes = readFileSync(path.join(FOLDER, name));
  if (!name.endsWith(".zip")) return bytes;
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const entry = bytes.readUInt32LE(end + 16);
  const packed = bytes.readUInt32LE(entry + 20);
  const local = bytes.readUInt32LE(entry + 42);
  const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const content = bytes.subarray(data, data + packed);
  return bytes.readUInt16LE(entry + 10) === 0 ? content : inflateRawSync(content);
}

/** Lines as rows, without their newline. */
export function rowsOf(bytes: Uint8Array): Rows {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    starts.push(at);
    ends.push(end);
    at = end + 1;
  }
  return {
    bytes,
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
    length: starts.length,
  };
}
