import { filter, map, pipe } from "rxjs";
import type { KeyValueStore } from "../state/key-value-store.ts";
import { type Batch, keyText, type Rows, takeRows, ValueRows } from "./batch.ts";
import type { Operator } from "./operator.ts";
import { requireKeys } from "./require-keys.ts";
import type { Serde } from "./serde.ts";
import { splitsValues } from "./split-state.ts";

export interface AggregateSpec<V, A> {
  /** Key-value store of the aggregates. */
  readonly store: string;
  readonly serde: Serde<A>;
  /** What a key starts from. */
  readonly initial: () => A;
  /** The aggregate with one more row in it; may change and return `aggregate` itself. */
  readonly add: (key: string, value: V, aggregate: A) => A;
}

/**
 * A running aggregate per key: a table that is updated by every row.
 *
 *  - It stores, for each key, the aggregate and the greatest event time that went into it. A row
 *    that comes out of order is added like any other, and does not take the time back. No row is
 *    late, and no key is ever forgotten.
 *  - It emits each changed key once a batch, with its newest aggregate, in the order in which the
 *    keys first appear in the batch. How many updates a key has therefore depends on how rows are
 *    batched; the last of them does not.
 */
export function aggregate<V, A>(spec: AggregateSpec<V, A>): Operator<Rows<V>, Rows<A>> {
  const operator: Operator<Rows<V>, Rows<A>> = (context) => {
    const table = new AggregateTable(context.store<KeyValueStore>(spec.store), spec);
    return pipe(
      map((batch: Batch<Rows<V>>) => table.update(batch)),
      filter((batch) => batch.length > 0),
    );
  };
  return Object.assign(operator, { keys: "groups" as const, split: splitsValues(spec.store) });
}

interface Running<A> {
  aggregate: A;
  timestampMs: number;
  /** The row that touched the key first in this batch. */
  readonly row: number;
}

const TIME_BYTES = 8;

class AggregateTable<V, A> {
  private readonly store: KeyValueStore;
  private readonly spec: AggregateSpec<V, A>;

  constructor(store: KeyValueStore, spec: AggregateSpec<V, A>) {
    this.store = store;
    this.spec = spec;
  }

  update(batch: Batch<Rows<V>>): Batch<Rows<A>> {
    const keys = requireKeys(batch, `aggregate over ${this.spec.store}`);
    const changed = new Map<string, Running<A>>();
    for (let row = 0; row < batch.length; row++) {
      const stored = keyText(keys, row);
      let running = changed.get(stored);
      if (running === undefined) {
        running = this.read(stored, row);
        changed.set(stored, running);
      }
      const key = Buffer.from(stored, "latin1").toString("utf8");
      running.aggregate = this.spec.add(key, batch.rows.at(row), running.aggregate);
      running.timestampMs = Math.max(running.timestampMs, batch.timestampsMs[row]!);
    }
    for (const [stored, running] of changed) this.write(stored, running);
    const updates = [...changed.values()];
    return {
      ...takeRows(
        batch,
        Int32Array.from(updates, (u) => u.row),
      ),
      rows: new ValueRows(updates.map((u) => u.aggregate)),
      timestampsMs: Float64Array.from(updates, (u) => u.timestampMs),
    };
  }

  private read(key: string, row: number): Running<A> {
    const bytes = this.store.get(key);
    if (bytes === undefined) {
      return { aggregate: this.spec.initial(), timestampMs: Number.NEGATIVE_INFINITY, row };
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
      aggregate: this.spec.serde.decode(bytes.subarray(TIME_BYTES)),
      timestampMs: view.getFloat64(0, true),
      row,
    };
  }

  private write(key: string, { aggregate, timestampMs }: Running<A>): void {
    const value = this.spec.serde.encode(aggregate);
    const bytes = new Uint8Array(TIME_BYTES + value.length);
    new DataView(bytes.buffer).setFloat64(0, timestampMs, true);
    bytes.set(value, TIME_BYTES);
    this.store.put(key, bytes);
  }
}
