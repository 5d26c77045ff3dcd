import type { Action, Transaction } from "./actions.ts";
import type { DeltaLog } from "./log.ts";
import { LogHistory } from "./log-history.ts";
import type { Snapshot } from "./snapshot.ts";

/** What one version did. */
export interface VersionEntry {
  readonly version: number;
  /** When its writer says it was, else when it was stored. */
  readonly timeMs: number;
  readonly operation: string;
  /** What wrote it. */
  readonly writer: string;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  /** Of the files, as far as their statistics say. */
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
  /** Positions it moved. */
  readonly transactions: readonly Transaction[];
}

/** The versions of a table whose commits are still in its log, oldest first. */
export async function tableHistory(log: DeltaLog): Promise<VersionEntry[]> {
  const history = await LogHistory.open(log);
  const entries: VersionEntry[] = [];
  for await (const { version, storedMs, actions } of history.commits()) {
    const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo;
    entries.push({
      version,
      timeMs: info?.timestamp ?? storedMs,
      operation: info?.operation ?? "unknown",
      writer: info?.engineInfo ?? info?.clientVersion ?? "unknown",
      ...changes(actions, history.table),
    });
  }
  return entries;
}

function changes(actions: readonly Action[], before: Snapshot) {
  const adds = actions.flatMap(({ add }) => add ?? []);
  const removes = actions.flatMap(({ remove }) => remove ?? []);
  const removed = removes.map(({ path }) => rowsOf(before.files.get(path)?.stats));
  return {
    filesAdded: adds.length,
    filesRemoved: removes.length,
    rowsAdded: sum(adds.map(({ stats }) => rowsOf(stats))),
    rowsRemoved: sum(removed),
    transactions: actions.flatMap(({ txn }) => txn ?? []),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const rowsOf = (stats: string | null | undefined): number =>
  (JSON.parse(stats ?? "{}") as { numRecords?: number }).numRecords ?? 0;
