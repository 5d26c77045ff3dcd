import { filter, map, pipe } from "rxjs";
import { type Batch, type Takeable, takeRows } from "./batch.ts";
import type { Operator } from "./operator.ts";

/**
 * Lets through the rows that `check` has nothing against; the others go to the dead letters with
 * their raw bytes, their place and the reason it gives. It belongs right after a source.
 */
export function deadLetter<R extends Takeable>(
  check: (batch: Batch<R>, row: number) => string | null,
): Operator<R, R> {
  return (context) =>
    pipe(
      map((batch: Batch<R>) => {
        const { records } = batch;
        if (records === null) throw new TypeError("deadLetter belongs right after a source");
        const good = new Int32Array(batch.length);
        let count = 0;
        for (let row = 0; row < batch.length; row++) {
          const reason = check(batch, row);
          if (reason === null) good[count++] = row;
          else context.deadLetter({ records, row, reason });
        }
        return count === batch.length ? batch : takeRows(batch, good.subarray(0, count));
      }),
      filter((batch) => batch.length > 0),
    );
}
