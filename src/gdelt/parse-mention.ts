import { mentionColumns } from "./columns.ts";
import { rowProblem, rowsOfLine } from "./row-problem.ts";
import { type RowView, rowViewOf } from "./row-view.ts";
import type { TsvRows } from "./tsv-rows.ts";

/** One report of an event: one row of the mentions feed, a property per column, read lazily. */
export interface GdeltMention extends RowView<typeof mentionColumns> {}

const View = rowViewOf(mentionColumns);

/** Why a row of the feed cannot be used, or null. */
export const mentionProblem = rowProblem(mentionColumns);

/** A view of a row that passed `mentionProblem`; valid until the rows' next `load`. */
export const mentionAt = (rows: TsvRows, row: number): GdeltMention => new View(rows, row);

/**
 * One line of a file, without its newline. The bytes are kept, not copied.
 * @throws RecordError with the problem, if there is one.
 */
export const parseMention = (line: Uint8Array): GdeltMention =>
  mentionAt(rowsOfLine(line, mentionColumns.length, mentionProblem), 0);
