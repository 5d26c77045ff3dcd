import { map as mapBatch } from "rxjs";
import { type Rows, ValueRows } from "./batch.ts";
import type { Operator } from "./operator.ts";

/** One row out for each row in; key and time stay. */
export function map<V, W>(
  project: (value: V, timestampMs: number) => W,
): Operator<Rows<V>, Rows<W>> {
  return () =>
    mapBatch((batch) => {
      const values = new Array<W>(batch.length);
      for (let row = 0; row < batch.length; row++) {
        values[row] = project(batch.rows.at(row), batch.timestampsMs[row]!);
      }
      return { ...batch, rows: new ValueRows(values) };
    });
}
