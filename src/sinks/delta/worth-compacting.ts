import type { DeltaTable } from "./delta-table.ts";

/** When a partition is worth the work of a compaction. */
export interface CompactionRule {
  /** A file below this size is small. */
  readonly fileBytesMin: number;
  /** So many small files are too many, whoever may still write there. */
  readonly smallFilesMax: number;
  /** Two small files are too many where nothing has been written for so long: a day that is over. */
  readonly quietMs: number;
}

/**
 * The partitions that are worth it: those of more small files than may be, and those of at least two
 * where it has become quiet. So a day that is written to is not written anew for each few kilobytes that
 * come, and one that is over ends with as few files as there can be.
 */
export function worthCompacting(
  table: DeltaTable,
  { fileBytesMin, smallFilesMax, quietMs }: CompactionRule,
): (string | null)[] {
  const nowMs = table.clock.nowMs();
  const small = [...table.snapshot.files.values()].filter(({ size }) => size < fileBytesMin);
  const byDate = Map.groupBy(small, (file) => table.dateOf(file));
  return [...byDate].flatMap(([date, files]) => {
    const newestMs = Math.max(...files.map(({ modificationTime }) => modificationTime));
    const isQuiet = files.length > 1 && nowMs - newestMs >= quietMs;
    return files.length > smallFilesMax || isQuiet ? [date] : [];
  });
}
