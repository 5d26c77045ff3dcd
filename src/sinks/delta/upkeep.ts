import { type CompactionResult, type CompactionSpec, compactPartitions } from "./compaction.ts";
import type { DeltaTable } from "./delta-table.ts";
import { type RetentionWish, retentionProperties } from "./retention.ts";
import { type VacuumResult, vacuum } from "./vacuum.ts";
import { type CompactionRule, worthCompacting } from "./worth-compacting.ts";

export interface UpkeepSpec extends CompactionSpec, CompactionRule {
  readonly retention: RetentionWish;
}

/** What one turn has done with a table. */
export interface UpkeepResult {
  readonly compacted: CompactionResult;
  readonly deleted: VacuumResult;
}

/**
 * One turn of looking after a table, beside its writers and readers: what is worth it is compacted, and
 * what no reader may need any more is deleted. How long that is stands in the table itself, where other
 * programs that clean it look too. What it does it may do twice, or half: whoever dies of it, or comes
 * second, leaves at most files that no commit names.
 *
 * Memory: that of a compaction, for one partition at a time.
 */
export async function keepTable(table: DeltaTable, spec: UpkeepSpec): Promise<UpkeepResult> {
  await table.refresh();
  await table.configure(retentionProperties(spec.retention));
  const compacted = await compactPartitions(table, worthCompacting(table, spec), spec);
  const usual = { retentionMs: null, force: false, dryRun: false };
  const deleted = await vacuum(table.log, usual, table.clock);
  return { compacted, deleted };
}
