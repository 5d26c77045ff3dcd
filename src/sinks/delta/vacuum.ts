import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { ObjectInfo } from "../../state/object-store.ts";
import type { DeltaLog } from "./log.ts";
import { logRetentionMs, removedFileRetentionMs } from "./retention.ts";
import type { Snapshot } from "./snapshot.ts";

/** Deletions at once. */
const DELETED_MAX = 16;

export interface VacuumOptions {
  /** null: as long as the table says, a week if it does not. */
  readonly retentionMs: number | null;
  /** Also less than what writers and readers that run may rely on. */
  readonly force: boolean;
  /** Deletes nothing. */
  readonly dryRun: boolean;
}

export interface VacuumResult {
  readonly dataFiles: number;
  readonly bytes: number;
  readonly logFiles: number;
}

/**
 * Deletes data files which no version younger than the retention has: removed ones, and those of
 * writers that died before their commit. And commits and checkpoints of versions that are older than
 * the table keeps its log.
 * @throws ConfigError when the retention is not safe, or there is no table.
 */
export async function vacuum(
  log: DeltaLog,
  { retentionMs, force, dryRun }: VacuumOptions,
  clock: Clock,
): Promise<VacuumResult> {
  // Listed first: whatever of it is committed until the table is read is then known to be.
  const folder = log.path("");
  const listed = await log.store.list(folder);
  const table = await log.load();
  if (table === null) throw new ConfigError(`there is no table at "${log.root}"`);
  const nowMs = clock.nowMs();
  const cutMs = nowMs - safeRetentionMs(table, retentionMs, force);
  const kept = keptPaths(log, table, cutMs);
  const isHidden = ({ path }: ObjectInfo) => /^[_.]/.test(path.slice(folder.length));
  const data = listed.filter(
    (info) =>
      info.path.endsWith(".parquet") &&
      !isHidden(info) &&
      !kept.has(info.path) &&
      info.modifiedMs < cutMs,
  );
  const versions = await unneededLog(log, table, nowMs);
  if (!dryRun) {
    await deleteAll(log, data);
    // In their order, so that what is left after an interruption has no hole in it.
    for (const { path } of versions) await log.store.delete(path);
  }
  const bytes = data.reduce((sum, { size }) => sum + size, 0);
  return { dataFiles: data.length, bytes, logFiles: versions.length };
}

function safeRetentionMs(table: Snapshot, wantedMs: number | null, force: boolean): number {
  const tableMs = removedFileRetentionMs(table.metaData);
  const retentionMs = wantedMs ?? tableMs;
  const hours = (ms: number) => `${ms / 3_600_000} h`;
  if (retentionMs < tableMs && !force) {
    throw new ConfigError(
      `a retention of ${hours(retentionMs)} is less than the ${hours(tableMs)} for which readers of ` +
        "this table and writers that have not yet committed may rely on its files; only when " +
        "nobody reads or writes it, say --force",
    );
  }
  if (retentionMs > tableMs) {
    throw new ConfigError(
      `a retention of ${hours(retentionMs)} cannot be kept: the table remembers removed files for ` +
        `${hours(tableMs)} (its property delta.deletedFileRetentionDuration)`,
    );
  }
  return retentionMs;
}

/** Data files that a reader may be at: live ones, and those removed not long ago. */
function keptPaths(log: DeltaLog, table: Snapshot, cutMs: number): Set<string> {
  const kept = new Set<string>();
  const keep = (path: string) => kept.add(log.path(decodeURIComponent(path)));
  for (const path of table.files.keys()) keep(path);
  for (const { path, deletionTimestamp } of table.tombstones.values()) {
    if ((deletionTimestamp ?? 0) >= cutMs) keep(path);
  }
  return kept;
}

/** What is older than the newest checkpoint from before the log's retention. */
async function unneededLog(
  log: DeltaLog,
  { metaData }: Snapshot,
  nowMs: number,
): Promise<ObjectInfo[]> {
  if (metaData.configuration["delta.enableExpiredLogCleanup"] === "false") return [];
  const cutMs = nowMs - logRetentionMs(metaData);
  const { files, checkpoints } = await log.listing();
  const first = checkpoints.findLast(({ modifiedMs }) => modifiedMs < cutMs);
  return files.filter(({ version }) => version < (first?.version ?? 0));
}

async function deleteAll(log: DeltaLog, files: readonly ObjectInfo[]): Promise<void> {
  for (let at = 0; at < files.length; at += DELETED_MAX) {
    const some = files.slice(at, at + DELETED_MAX);
    await Promise.all(some.map(({ path }) => log.store.delete(path)));
  }
}
