import { filter, map, pipe } from "rxjs";
import { type Rows, takeRows, ValueRows } from "./batch.ts";
import type { Operator } from "./operator.ts";

/** Any number of rows out for each row in; each keeps the key and time of the row it came from. */
export function flatMap<V, W>(
  project: (value: V, timestampMs: number) => Iterable<W>,
): Operator<Rows<V>, Rows<W>> {
  return () =>
    pipe(
      map((batch) => {
        const values: W[] = [];
        const origins: number[] = [];
        for (let row = 0; row < batch.length; row++) {
          for (const value of project(batch.rows.at(row), batch.timestampsMs[row]!)) {
            values.push(value);
            origins.push(row);
          }
        }
        const spread = takeRows(batch, Int32Array.from(origins));
        return { ...spread, rows: new ValueRows(values), records: null };
      }),
      filter((batch) => batch.length > 0),
    );
}
