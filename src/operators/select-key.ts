import { map } from "rxjs";
import { type Batch, byteColumn, type Rows } from "./batch.ts";
import type { Operator } from "./operator.ts";

const encoder = new TextEncoder();

/**
 * Gives each row a new key. Rows with equal keys are in one partition only after a `repartition`,
 * which `build()` demands before anything that groups by key.
 */
export function selectKey<V>(
  select: (value: V, timestampMs: number) => string | Uint8Array,
): Operator<Rows<V>, Rows<V>> {
  const keysOf = (batch: Batch<Rows<V>>): Uint8Array[] => {
    const keys = new Array<Uint8Array>(batch.length);
    for (let row = 0; row < batch.length; row++) {
      const key = select(batch.rows.at(row), batch.timestampsMs[row]!);
      keys[row] = typeof key === "string" ? encoder.encode(key) : key;
    }
    return keys;
  };
  const operator: Operator<Rows<V>, Rows<V>> = () =>
    map((batch) => ({ ...batch, keys: byteColumn(keysOf(batch)) }));
  return Object.assign(operator, { keys: "changes" as const });
}
