import type { Clock } from "../../record/clock.ts";
import { DeltaLog } from "../../sinks/delta/log.ts";
import { keepTable, type UpkeepResult } from "../../sinks/delta/upkeep.ts";
import { dropOldDays } from "../../sinks/postgres/old-days.ts";
import { openPgDatabase } from "../../sinks/postgres/pg-database.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { LAKE_TABLES, type LakeTable, openLakeTable } from "../lake.ts";
import { MART_DAYS } from "../mart-tables.ts";
import { openObjectStore } from "../open-object-store.ts";
import { attempt } from "./attempt.ts";
import { describeTurn, droppedLine, type UpkeepLine } from "./turn-text.ts";
import type { UpkeepJob } from "./upkeep-job.ts";

type Say = (line: UpkeepLine) => void;

/**
 * Looks after every table that there is, one after the other, and tells in one line what was done; nothing
 * when there was nothing to do. What fails is told, and left to the next turn, and the others go on.
 */
export async function takeTurn(job: UpkeepJob, clock: Clock, say: Say): Promise<void> {
  await attempt("the lake", say, () => keepLake(job, clock, say));
  const { mart } = job;
  if (mart === null) return;
  await attempt("the mart", say, async () => {
    const database = openPgDatabase(mart.url);
    try {
      const dropped = await dropOldDays(database, MART_DAYS, mart.retentionMs);
      if (dropped.length > 0) say(droppedLine(dropped));
    } finally {
      await database.close();
    }
  });
}

async function keepLake({ tables, rule }: UpkeepJob, clock: Clock, say: Say): Promise<void> {
  const startedMs = clock.nowMs();
  const store = await openObjectStore({ ...tables, commits: true });
  const done = new Map<string, UpkeepResult>();
  for (const described of LAKE_TABLES) {
    await attempt(described.folder, say, async () => {
      if (!(await isThere(store, described))) return;
      const table = await openLakeTable(store, described, clock);
      done.set(described.folder, await keepTable(table, { ...rule, newest: described.newest }));
    });
  }
  const line = describeTurn(done, clock.nowMs() - startedMs);
  if (line !== null) say(line);
}

/** One that nobody has made yet is not made here either. */
const isThere = (store: ObjectStore, { folder }: LakeTable): Promise<boolean> =>
  new DeltaLog(store, folder).exists();
