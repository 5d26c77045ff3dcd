import { gkgColumns } from "./columns.ts";
import { rowProblem, rowsOfLine } from "./row-problem.ts";
import { type RowView, rowViewOf } from "./row-view.ts";
import type { TsvRows } from "./tsv-rows.ts";

/** What one article is about: one row of the GKG feed, a property per column, read lazily. */
export interface GdeltGkg extends RowView<typeof gkgColumns> {}

const View = rowViewOf(gkgColumns);

/** Why a row of the feed cannot be used, or null. */
export const gkgProblem = rowProblem(gkgColumns);

/** A view of a row that passed `gkgProblem`; valid until the rows' next `load`. */
export const gkgAt = (rows: TsvRows, row: number): GdeltGkg => new View(rows, row);

/**
 * One line of a file, without its newline. The bytes are kept, not copied.
 * @throws RecordError with the problem, if there is one.
 */
export const parseGkg = (line: Uint8Array): GdeltGkg =>
  gkgAt(rowsOfLine(line, gkgColumns.length, gkgProblem), 0);
