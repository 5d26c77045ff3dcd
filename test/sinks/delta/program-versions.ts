import { Field, type RecordBatch, Schema, Utf8, vectorFromArray } from "apache-arrow";
import { withColumns } from "../../../src/sinks/batch-shape.ts";
import { batchOf, ipcOf, type Row, schema } from "./delta-fixture.ts";

/** Of the program: the newer one has a column more. */
export type Version = "old" | "new";

export const SCHEMAS: Readonly<Record<Version, Schema>> = {
  old: schema,
  new: new Schema([...schema.fields, new Field("note", new Utf8(), true)]),
};

/** What the newer version says in it, which is of one revision of one row. */
export const noteOf = ({ id, generation = 1, revision = 1 }: Row): string =>
  `${id} at ${generation}.${revision}`;

/** A record of these rows as the joins of a version write it. */
export function recordOf(version: Version, rows: readonly Row[]): Uint8Array {
  return ipcOf(version === "old" ? batchOf(rows) : newBatchOf(rows));
}

function newBatchOf(rows: readonly Row[]): RecordBatch {
  const notes = vectorFromArray(rows.map(noteOf), new Utf8());
  const children = [...batchOf(rows).data.children, notes.data[0]!];
  return withColumns(SCHEMAS.new, rows.length, children);
}
