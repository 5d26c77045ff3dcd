import { concatAll, map, pipe } from "rxjs";
import { type Batch, type Rows, takeRows } from "./batch.ts";
import type { Operator } from "./operator.ts";

/**
 * Sends each row to the first branch whose predicate takes it; a row that none takes is dropped.
 * Follow one with `.output("name")`.
 */
export function branch<V>(
  branches: Readonly<Record<string, (value: V) => boolean>>,
): Operator<Rows<V>, Rows<V>> {
  const named = Object.entries(branches);
  const split = (batch: Batch<Rows<V>>): Batch<Rows<V>>[] => {
    const taken = named.map((): number[] => []);
    for (let row = 0; row < batch.length; row++) {
      const value = batch.rows.at(row);
      const index = named.findIndex(([, predicate]) => predicate(value));
      taken[index]?.push(row);
    }
    return taken.flatMap((rows, i) =>
      rows.length === 0
        ? []
        : [{ ...takeRows(batch, Int32Array.from(rows)), output: named[i]![0] }],
    );
  };
  // concatAll over arrays is synchronous: nothing is queued.
  return () => pipe(map(split), concatAll());
}
