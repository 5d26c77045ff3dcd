import type { UpkeepResult } from "../../sinks/delta/upkeep.ts";

const MIB = 1024 * 1024;

/** What whoever operates the program should read of a turn. */
export interface UpkeepLine {
  readonly level: "info" | "warn";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a turn has done with tables, by their folders; null: nothing. */
export function describeTurn(
  done: ReadonlyMap<string, UpkeepResult>,
  tookMs: number,
): UpkeepLine | null {
  const tables = [...done].filter(([, result]) => isSomething(result)).map(([name]) => name);
  if (tables.length === 0) return null;
  const results = [...done.values()];
  const sum = (of: (result: UpkeepResult) => number) => results.reduce((all, r) => all + of(r), 0);
  const fields = {
    filesBefore: sum(({ compacted }) => compacted.filesRemoved),
    bytesBefore: sum(({ compacted }) => compacted.bytesRemoved),
    filesAfter: sum(({ compacted }) => compacted.filesAdded),
    bytesAfter: sum(({ compacted }) => compacted.bytesAdded),
    rowsDropped: sum(({ compacted }) => compacted.rowsDropped),
    filesDeleted: sum(({ deleted }) => deleted.dataFiles),
    bytesDeleted: sum(({ deleted }) => deleted.bytes),
    logFilesDeleted: sum(({ deleted }) => deleted.logFiles),
    seconds: tookMs / 1000,
  };
  const parts = [
    fields.filesBefore > 0 &&
      `${count(fields.filesBefore)} files of ${mib(fields.bytesBefore)} became ` +
        `${count(fields.filesAfter)} of ${mib(fields.bytesAfter)}`,
    fields.rowsDropped > 0 && `${count(fields.rowsDropped)} superseded rows dropped`,
    fields.filesDeleted > 0 &&
      `${count(fields.filesDeleted)} unneeded files of ${mib(fields.bytesDeleted)} deleted`,
    fields.logFilesDeleted > 0 && `${count(fields.logFilesDeleted)} files of the log deleted`,
  ].filter((part) => part !== false);
  const message = `upkeep: ${parts.join(", ")}, in ${fields.seconds.toFixed(1)} s (${tables.join(", ")})`;
  return { level: "info", message, fields: { tables, ...fields } };
}

/** Old days of the mart are gone. */
export const droppedLine = (days: readonly string[]): UpkeepLine => ({
  level: "info",
  message: `upkeep: dropped ${days.join(", ")} from the mart (mart.retention)`,
  fields: { days },
});

const isSomething = ({ compacted, deleted }: UpkeepResult): boolean =>
  compacted.filesRemoved + deleted.dataFiles + deleted.logFiles > 0;

const count = (number: number): string => number.toLocaleString("en-US");

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
