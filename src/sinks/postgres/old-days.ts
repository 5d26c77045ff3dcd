import type { Database } from "./database.ts";
import { dateOf, dayPartitionsOf } from "./day-partitions.ts";

const DAY_MS = 86_400_000;

/**
 * Who reads a table holds back the dropping, and behind that everybody else who comes: so it does not
 * wait for long. What it does not get now it gets another time.
 */
const PATIENCE = "set local lock_timeout = '2s'";

/** By a function of the owner's, since who writes rows may not drop tables (migrations/0003). */
const DROP = "select ops.drop_day($1::regclass, $2::date)";

/**
 * Drops the partitions of days that ended longer before the newest day of their table than they are to
 * be kept. It is the data that says what time it is. Each day is a transaction of its own.
 * @returns what was dropped, as `silver.events_20150218`.
 * @throws RetriableError when a table is read for so long that a day cannot be dropped now.
 */
export async function dropOldDays(
  database: Database,
  tables: readonly string[],
  retentionMs: number,
): Promise<string[]> {
  const dropped: string[] = [];
  for (const table of tables) {
    const days = await database.transaction((tx) => dayPartitionsOf(tx, table));
    const newest = Math.max(...days.keys());
    const old = [...days].filter(([day]) => (newest - day) * DAY_MS > retentionMs);
    for (const [day, name] of old.sort(([a], [b]) => a - b)) {
      await database.transaction(async (tx) => {
        await tx.execute(PATIENCE);
        await tx.query(DROP, [table, dateOf(day)]);
      });
      dropped.push(name);
    }
  }
  return dropped;
}
