import { filter as keep, map, pipe } from "rxjs";
import { type Rows, takeRows } from "./batch.ts";
import type { Operator } from "./operator.ts";

/** Keeps the rows for which `predicate` holds, in their order. An emptied batch is not emitted. */
export function filter<V>(
  predicate: (value: V, timestampMs: number) => boolean,
): Operator<Rows<V>, Rows<V>> {
  return () =>
    pipe(
      map((batch) => {
        const kept = new Int32Array(batch.length);
        let count = 0;
        for (let row = 0; row < batch.length; row++) {
          if (predicate(batch.rows.at(row), batch.timestampsMs[row]!)) kept[count++] = row;
        }
        return count === batch.length ? batch : takeRows(batch, kept.subarray(0, count));
      }),
      keep((batch) => batch.length > 0),
    );
}
