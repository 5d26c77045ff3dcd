import { TopologyError } from "../record/errors.ts";
import type { ByteColumn } from "../record/record-batch.ts";
import { type Batch, byteColumn } from "./batch.ts";

/** The keys of a batch, for an operator that cannot do without; `operator` is for the error. */
export function requireKeys(batch: Batch<unknown>, operator: string): ByteColumn {
  if (batch.keys !== null) return batch.keys;
  if (batch.length === 0) return byteColumn([]);
  throw new TopologyError(
    `${operator} got rows without keys: put selectKey before it, and a repartition between them`,
  );
}
