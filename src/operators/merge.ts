import { merge as mergeObservables, type Observable } from "rxjs";
import type { Batch } from "./batch.ts";
import type { JoinOperator } from "./operator.ts";

/** All rows of all inputs, in the order in which they arrive. */
export function merge<R>(): JoinOperator<Readonly<Record<string, R>>, R> {
  return () => (inputs) => mergeObservables(...(Object.values(inputs) as Observable<Batch<R>>[]));
}
