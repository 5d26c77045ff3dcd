import type { Data, RecordBatch } from "apache-arrow";
import { bronzeOriginSchema } from "../../src/gdelt/bronze-schema.ts";

/** A value of a text or binary column as its bytes: a reader of text drops a byte order mark. */
function bytesAt(data: Data, row: number): Buffer | null {
  if (!data.getValid(row)) return null;
  const offsets = data.valueOffsets as Int32Array;
  return Buffer.from((data.values as Uint8Array).subarray(offsets[row], offsets[row + 1]));
}

/** What a Bronze table gives back of a row: each column of the feed, `raw`, and what was published. */
export function readBack(batch: RecordBatch, row: number) {
  const { children } = batch.data;
  const own = children.slice(bronzeOriginSchema.fields.length, -1);
  const columns = own.map((data) => bytesAt(data, row));
  const raw = bytesAt(children.at(-1)!, row);
  return { columns, raw, published: raw ?? joined(columns) };
}

/** Fields as a row; null is empty. */
export const joined = (fields: readonly (Uint8Array | null)[]): Buffer =>
  Buffer.concat(
    fields.flatMap((field, i) => [
      ...(i === 0 ? [] : [Buffer.from("\t")]),
      ...(field === null ? [] : [field]),
    ]),
  );
