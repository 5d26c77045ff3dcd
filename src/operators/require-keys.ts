import { TopologyError } from "../record/errors.ts";
import type { ByteColumn } from "../record/record-batch.ts";
import type { Batch } from "./batch.ts";

/** The keys of a batch, for an operator that cannot do without; `operator` is for the error. */
export function requireKeys(batch: Batch<unknown>, operator: string): ByteColumn {
  if (batch.keys !== null) return batch.keys;
  throw new TopologyError(
    `${operator} got rows without keys: put selectKey before it, and a repartition between them`,
  );
}
