import type { TsvRows } from "../gdelt/tsv-rows.ts";
import { deadLetter } from "../operators/dead-letter.ts";
import type { Operator } from "../operators/operator.ts";
import { ConfigError } from "../record/errors.ts";
import { partitionOf } from "../record/hash.ts";
import { partitionName, type RecordBatch } from "../record/record-batch.ts";
import type { FeedRows } from "./feed-rows.ts";

/** Bytes of a key which are worth quoting. */
const QUOTED_BYTES_MAX = 200;

/**
 * The check of a feed's rows, and that each lies in the partition of its key. One that does not would
 * never meet what it is to be joined with, and nobody would see it: so it stops the task.
 */
export const checkPlaces =
  ({ check, keyColumn }: FeedRows, topic: string): Operator<TsvRows, TsvRows> =>
  (context) => {
    const partitions = context.partitions(topic);
    return deadLetter<TsvRows>((batch, row) => {
      const reason = check(batch, row);
      if (reason !== null) return reason;
      const { rows, records } = batch;
      const start = rows.fieldStart(row, keyColumn);
      const end = rows.fieldEnd(row, keyColumn);
      const partition = partitionOf(rows.bytes, start, end, partitions);
      if (partition === batch.partition) return null;
      const key = rows.bytes.subarray(start, Math.min(end, start + QUOTED_BYTES_MAX));
      throw misplaced(records!, row, Buffer.from(key).toString(), `${partition} of ${partitions}`);
    })(context);
  };

const misplaced = (records: RecordBatch, row: number, key: string, place: string): ConfigError =>
  new ConfigError(
    `${partitionName(records)} offset ${records.firstOffset + row}: the row of key ` +
      `${JSON.stringify(key)} belongs into partition ${place}. Whoever fills the topic uses another ` +
      "key or partitioner, or the topic has got more partitions: say source.keyed: false, and the " +
      "topology re-keys it",
  );
