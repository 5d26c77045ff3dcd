import fc from "fast-check";
import type { Batch, Rows } from "../../src/operators/batch.ts";
import { batchOf, type OperatorHarness, type Row, rowsOf } from "./operator-harness.ts";

/** What happens to an operator: rows on one side, or the close of a slice. */
export type Action<In> =
  | { readonly side: keyof In & string; readonly rows: readonly Row<unknown>[] }
  | { readonly close: number };

export type Fault = "none" | "commit" | "rollback" | "restart";

export const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.constantFrom("none", "commit", "commit", "rollback", "restart"),
  { maxLength: 30, size: "max" },
);

export function act<In, W>(
  harness: OperatorHarness<In, Rows<W>>,
  action: Action<In>,
): Batch<Rows<W>>[] {
  if ("close" in action) return harness.close(action.close);
  return harness.push(action.side, batchOf(action.rows) as unknown as Batch<In[keyof In & string]>);
}

/**
 * Runs actions as a task would under faults: what was emitted since the last commit is thrown away
 * with the state, and the actions since then are done again. What is left is what was committed.
 */
export function runWithFaults<In, W>(
  harness: OperatorHarness<In, Rows<W>>,
  actions: readonly Action<In>[],
  plan: readonly Fault[],
): Row<W>[] {
  const committed: Row<W>[] = [];
  let pending: Row<W>[] = [];
  let committedAt = 0;
  const left = [...plan];
  for (let at = 0; at < actions.length; ) {
    pending.push(...act(harness, actions[at++]!).flatMap(rowsOf));
    const fault = left.shift() ?? "none";
    if (fault === "none") continue;
    if (fault === "commit") {
      harness.commit();
      committed.push(...pending);
      committedAt = at;
    } else {
      if (fault === "rollback") harness.rollback();
      else harness.restart();
      at = committedAt;
    }
    pending = [];
  }
  return [...committed, ...pending];
}
