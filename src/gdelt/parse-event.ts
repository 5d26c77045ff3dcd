import { eventColumns } from "./columns.ts";
import { rowProblem, rowsOfLine } from "./row-problem.ts";
import { type RowView, rowViewOf } from "./row-view.ts";
import type { TsvRows } from "./tsv-rows.ts";

/** What happened: one row of the events feed, a property per column, read lazily. */
export interface GdeltEvent extends RowView<typeof eventColumns> {}

const View = rowViewOf(eventColumns);

/** Why a row of the feed cannot be used, or null. */
export const eventProblem = rowProblem(eventColumns);

/** A view of a row that passed `eventProblem`; valid until the rows' next `load`. */
export const eventAt = (rows: TsvRows, row: number): GdeltEvent => new View(rows, row);

/**
 * One line of a file, without its newline. The bytes are kept, not copied.
 * @throws RecordError with the problem, if there is one.
 */
export const parseEvent = (line: Uint8Array): GdeltEvent =>
  eventAt(rowsOfLine(line, eventColumns.length, eventProblem), 0);
