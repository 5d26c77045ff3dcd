import { encodeArrow } from "../../record/arrow/batch-builder.ts";
import type { TopicPartition } from "../../record/record-batch.ts";
import { takeRows } from "../delta/take-rows.ts";
import type { Transaction } from "./database.ts";
import type { OrderedRows } from "./row-order.ts";
import type { SourcedRows } from "./row-source.ts";
import type { RefusedRow } from "./row-writer.ts";

const INSERT = `
  insert into ops.dead_letter (feed, topic, "partition", "offset", row, reason, raw, seen_at)
  values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::double precision / 1000))
  on conflict (topic, "partition", "offset", row) do nothing`;

/** What the database says of a value may quote it. */
const REASON_CHARACTERS_MAX = 500;

/**
 * Puts rows that the database has refused among the dead letters: where they came from, why, and the
 * row itself as an Arrow IPC stream, from which it can be written again.
 */
export async function bury(
  tx: Transaction,
  refused: readonly RefusedRow[],
  { table, source, rows, nowMs }: RefusedFrom,
): Promise<void> {
  for (const { row, error } of refused) {
    const at = rows.rowOf[row]!;
    const { rows: batch, offset, before } = rows.batches[rows.batchOf[row]!]!;
    const { message, code, detail } = error.refusal;
    const reason = `${table} refuses the row: ${message} (${code})${detail ? `; ${detail}` : ""}`;
    await tx.query(INSERT, [
      source.topic,
      source.topic,
      source.partition,
      offset,
      before + at,
      reason.replaceAll("\0", "").slice(0, REASON_CHARACTERS_MAX),
      encodeArrow(takeRows(batch, Int32Array.of(at))),
      nowMs,
    ]);
  }
}

/** The batches but for these rows. */
export function withoutRows(
  { batches, batchOf, rowOf }: OrderedRows,
  refused: readonly RefusedRow[],
): SourcedRows[] {
  return batches.flatMap((batch, i) => {
    const gaps = refused.filter(({ row }) => batchOf[row] === i).map(({ row }) => rowOf[row]!);
    const { rows, offset, before } = batch;
    const starts = [0, ...gaps.sort((a, b) => a - b).map((gap) => gap + 1)];
    return starts.map((start, n) => ({
      rows: rows.slice(start, gaps[n] ?? rows.numRows),
      offset,
      before: before + start,
    }));
  });
}

interface RefusedFrom {
  readonly table: string;
  readonly source: TopicPartition;
  readonly rows: OrderedRows;
  readonly nowMs: number;
}
