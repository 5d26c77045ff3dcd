import { type Data, makeData, type RecordBatch } from "apache-arrow";
import { withColumns } from "../src/sinks/batch-shape.ts";

/** More than the ids of a day. */
const IDS_PER_SHIFT = 10_000_000n;

/** The Silver rows of a batch as other events' or mentions', with that revision. */
export function shifted(batch: RecordBatch, shift: number, revision: number): RecordBatch {
  const { schema, numRows, data } = batch;
  const columns = schema.fields.map(({ name }, i) => {
    const column = data.children[i]!;
    if (name === "global_event_id") return shiftedIds(column, BigInt(shift) * IDS_PER_SHIFT);
    if (name === "mention_key") return shiftedKeys(column, shift);
    if (name === "revision") return withValues(column, new Int32Array(numRows).fill(revision));
    return column;
  });
  return withColumns(schema, numRows, columns);
}

const shiftedIds = (column: Data, by: bigint): Data =>
  withValues(
    column,
    (column.values as BigInt64Array).map((id) => id + by),
  );

/** Hex digits: the first two tell the shift. */
function shiftedKeys(column: Data, shift: number): Data {
  const bytes = Uint8Array.from(column.values as Uint8Array);
  const tag = Buffer.from(shift.toString(16).padStart(2, "0"));
  for (let row = 0; row < column.length; row++) bytes.set(tag, column.valueOffsets[row]!);
  const { type, length, valueOffsets } = column;
  return makeData({ type, length, nullCount: 0, valueOffsets, data: bytes } as never);
}

const withValues = ({ type, length }: Data, values: unknown): Data =>
  makeData({ type, length, nullCount: 0, data: values } as never);
