import { concatAll, map, merge } from "rxjs";
import type { KeyValueStore } from "../state/key-value-store.ts";
import { type Batch, keyText, type Rows, takeRows, ValueRows } from "./batch.ts";
import type { JoinOperator } from "./operator.ts";
import { requireKeys } from "./require-keys.ts";
import type { Serde } from "./serde.ts";
import { splitsValues } from "./split-state.ts";

export interface LookupSpec<V, T, W, Optional extends boolean> {
  /** Key-value store of the table. */
  readonly store: string;
  readonly serde: Serde<T>;
  /** Rows without a match are kept, with `undefined` for the table's row; otherwise dropped. */
  readonly optional?: Optional;
  readonly join: (value: V, found: Optional extends true ? T | undefined : T) => W;
}

/**
 * Joins a stream with a table which its second input feeds, both by key and of the same partitions.
 *
 *  - It stores the newest value of each key of the table; null deletes one. Rows of the stream are
 *    not stored.
 *  - It emits, for each row of the stream, in order, with its key and time, the row joined with
 *    what the table holds *at that moment*. A later change of the table emits nothing.
 *  - So the result depends on how the two inputs interleave, within a slice and beyond it: for a
 *    table that is loaded before, or changes seldom. Where it has to be exact, `joinWindow` waits.
 *  - No row is late on either side; the last update to arrive stands, whatever its time.
 */
export function lookup<V, T, W, const Optional extends boolean = false>(
  spec: LookupSpec<V, T, W, Optional>,
): JoinOperator<{ stream: Rows<V>; table: Rows<T | null> }, Rows<W>> {
  const operator: JoinOperator<{ stream: Rows<V>; table: Rows<T | null> }, Rows<W>> =
    (context) =>
    ({ stream, table }) => {
      const store = context.store<KeyValueStore>(spec.store);
      return merge(
        table.pipe(
          map((batch): Batch<Rows<W>>[] => {
            update(store, spec, batch);
            return [];
          }),
        ),
        stream.pipe(map((batch) => join(store, spec, batch))),
      ).pipe(concatAll());
    };
  return Object.assign(operator, { keys: "groups" as const, split: splitsValues(spec.store) });
}

function update<T>(
  store: KeyValueStore,
  { store: name, serde }: { readonly store: string; readonly serde: Serde<T> },
  batch: Batch<Rows<T | null>>,
): void {
  const keys = requireKeys(batch, `the table of lookup ${name}`);
  for (let row = 0; row < batch.length; row++) {
    const value = batch.rows.at(row);
    if (value === null) store.delete(keyText(keys, row));
    else store.put(keyText(keys, row), serde.encode(value));
  }
}

function join<V, T, W, Optional extends boolean>(
  store: KeyValueStore,
  spec: LookupSpec<V, T, W, Optional>,
  batch: Batch<Rows<V>>,
): Batch<Rows<W>>[] {
  const keys = requireKeys(batch, `the stream of lookup ${spec.store}`);
  const values: W[] = [];
  const origins: number[] = [];
  for (let row = 0; row < batch.length; row++) {
    const bytes = store.get(keyText(keys, row));
    if (bytes === undefined && spec.optional !== true) continue;
    const found = bytes === undefined ? undefined : spec.serde.decode(bytes);
    values.push(spec.join(batch.rows.at(row), found as never));
    origins.push(row);
  }
  if (values.length === 0) return [];
  return [{ ...takeRows(batch, Int32Array.from(origins)), rows: new ValueRows(values) }];
}
