import { ConfigError } from "../../record/errors.ts";
import { TOMBSTONE_RETENTION_MS } from "./checkpoint.ts";
import type { DeltaTable } from "./delta-table.ts";

/** Nothing younger may go: a slow writer's files are not committed yet, a reader is still at it. */
const RETENTION_MS_MIN = 24 * 3_600_000;

/**
 * Deletes data files which no version younger than `retentionMs` has: removed ones, and those of
 * writers that died before their commit.
 * @returns how many.
 */
export async function vacuum(
  table: DeltaTable,
  retentionMs = TOMBSTONE_RETENTION_MS,
): Promise<number> {
  checkRetention(retentionMs);
  const { log } = table;
  await table.refresh();
  const cutMs = table.clock.nowMs() - retentionMs;
  const kept = new Set<string>();
  for (const path of table.snapshot.files.keys()) kept.add(log.path(decodeURIComponent(path)));
  for (const { path, deletionTimestamp } of table.snapshot.tombstones.values()) {
    if ((deletionTimestamp ?? 0) >= cutMs) kept.add(log.path(decodeURIComponent(path)));
  }
  const folder = log.path("");
  let deleted = 0;
  for (const { path, modifiedMs } of await log.store.list(folder)) {
    const isHidden = /^[_.]/.test(path.slice(folder.length));
    const isData = path.endsWith(".parquet") && !isHidden;
    if (!isData || kept.has(path) || modifiedMs >= cutMs) continue;
    await log.store.delete(path);
    deleted++;
  }
  return deleted;
}

/**
 * Deletes commits and checkpoints that nobody needs to read any version younger than
 * `retentionMs`: those before the newest checkpoint of that age.
 * @returns how many.
 */
export async function cleanLog(table: DeltaTable, retentionMs: number): Promise<number> {
  checkRetention(retentionMs);
  const { log } = table;
  const cutMs = table.clock.nowMs() - retentionMs;
  const entries = (await log.store.list(log.path("_delta_log/"))).flatMap(
    ({ path, modifiedMs }) => {
      const match = /\/(\d{20})\.(json|checkpoint\.parquet)$/.exec(path);
      if (match === null) return [];
      return [{ path, modifiedMs, version: Number(match[1]), isCommit: match[2] === "json" }];
    },
  );
  const checkpoints = entries.filter(({ isCommit, modifiedMs }) => !isCommit && modifiedMs < cutMs);
  const oldest = Math.max(-1, ...checkpoints.map(({ version }) => version));
  const unneeded = entries.filter(({ version }) => version < oldest);
  // From the first on, so that what is left after an interruption has no hole in it.
  unneeded.sort((a, b) => a.version - b.version);
  for (const { path } of unneeded) await log.store.delete(path);
  return unneeded.length;
}

function checkRetention(retentionMs: number): void {
  if (retentionMs >= RETENTION_MS_MIN) return;
  throw new ConfigError(
    `a retention of ${retentionMs} ms is too short: writers and readers may still be at files of ` +
      `that age; give at least ${RETENTION_MS_MIN} ms`,
  );
}
