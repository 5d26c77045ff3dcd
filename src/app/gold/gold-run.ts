import path from "node:path";
import type { Clock } from "../../record/clock.ts";
import { RetriableError } from "../../record/errors.ts";
import type { Database } from "../../sinks/postgres/database.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { isS3Url } from "../../state/s3/s3-location.ts";
import type { Dbt, DbtAnswer } from "./dbt.ts";
import { dropGoldFile, GoldFile } from "./gold-file.ts";
import { copyFiles } from "./local-copies.ts";
import { noteEvents } from "./note-events.ts";
import { type Published, publish } from "./publish.ts";
import {
  beginRun,
  completeRun,
  failRun,
  publishedVersion,
  type RunSeconds,
} from "./run-history.ts";
import { type DayPrints, SilverReading } from "./silver-reading.ts";

export interface GoldWork {
  /** Where Silver is: a folder, or `s3://bucket/prefix`. */
  readonly lake: string;
  readonly store: ObjectStore;
  readonly database: Database;
  readonly dbt: Dbt;
  /** For the DuckDB file, and copies of files that are in a bucket. */
  readonly folder: string;
  /** Hash of the models. */
  readonly project: string;
  readonly clock: Clock;
}

export interface CompletedRun extends Published {
  readonly runId: string;
  readonly slicesClosed: number;
  readonly daysChanged: number;
  readonly seconds: RunSeconds;
  /** What dbt's tests say that is no reason to stop. */
  readonly warnings: DbtAnswer["warnings"];
}

/** What is to be waited for before something is made anew: a slice, or any change at all. */
export type Trigger = "slice" | "change";

/** Not `gold.duckdb`: a database of the name of one of its schemas makes that ambiguous. */
export const goldFileIn = (folder: string): string => path.join(folder, "models.duckdb");

/**
 * Makes Gold of what Silver is now, and publishes it; null when there was nothing new. It may die at any
 * moment: readers keep what the last complete run has published, and the next one makes up for it.
 */
export async function runGold(work: GoldWork, trigger: Trigger): Promise<CompletedRun | null> {
  const { lake, store, folder, clock, project } = work;
  const seconds: RunSeconds = { stage: 0, build: 0, publish: 0 };
  const timed = async <T>(part: keyof RunSeconds, step: () => Promise<T>): Promise<T> => {
    const beganMs = clock.nowMs();
    return await step().finally(() => {
      seconds[part] += (clock.nowMs() - beganMs) / 1000;
    });
  };
  const files = isS3Url(lake) ? path.join(folder, "copies") : path.resolve(lake);
  const silver = await timed("stage", () => SilverReading.open(store, files, lake));
  const changes = await timed("stage", () => changesSince(work, silver, trigger));
  if (changes === null) return null;
  const { days, hasSeeds } = changes;
  const begun = { silver, daysChanged: days.size, project };
  const runId = await beginRun(work.database, begun);
  try {
    await timed("stage", async () => {
      if (files !== path.resolve(lake)) await copyFiles(store, files, silver.files(days));
      await withFile(work, (file) => file.stage(silver, days));
    });
    const { warnings } = await timed("build", () => build(work.dbt, hasSeeds));
    const published = await withFile(work, async (file) => {
      const built = { file, silver, runId, seconds, builtMs: clock.nowMs() };
      const { noted, ...done } = await timed("publish", () => publishRun(work, built));
      await file.complete(silver, project, noted);
      return done;
    });
    const { slicesClosed } = silver;
    return { ...published, runId, slicesClosed, daysChanged: days.size, seconds, warnings };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // If the database is why, it cannot be told; the next run says then that this one died.
    await failRun(work.database, runId, message, seconds).catch(() => {});
    throw error;
  }
}

/** What a run is about. */
interface Changes {
  /** Days whose files are not those that the last complete run has read. */
  readonly days: ReadonlySet<string>;
  /** Whether a complete run has loaded the seeds of these models. */
  readonly hasSeeds: boolean;
}

/** null: nothing to do. */
async function changesSince(
  work: GoldWork,
  silver: SilverReading,
  trigger: Trigger,
): Promise<Changes | null> {
  const before = await withFile(work, (file) => file.applied());
  const hasSeeds = before.project === work.project;
  if (before.project !== null && !hasSeeds) {
    await dropGoldFile(goldFileIn(work.folder));
    await withFile(work, (file) => file.applied());
    return { days: new Set(silver.days.keys()), hasSeeds };
  }
  if (trigger === "slice" && before.slicesClosed === silver.slicesClosed) return null;
  const days = daysThatDiffer(before.days, silver.days);
  return trigger === "change" && hasSeeds && days.size === 0 ? null : { days, hasSeeds };
}

function daysThatDiffer(before: DayPrints, now: DayPrints): Set<string> {
  const days = new Set([...before.keys(), ...now.keys()]);
  return new Set([...days].filter((day) => before.get(day) !== now.get(day)));
}

async function withFile<T>({ folder }: GoldWork, work: (file: GoldFile) => Promise<T>): Promise<T> {
  const file = await GoldFile.open(goldFileIn(folder));
  try {
    return await work(file);
  } finally {
    file.close();
  }
}

/** Models, and the tests of what they have made. @throws RetriableError, with what dbt says, when one fails. */
async function build(dbt: Dbt, hasSeeds: boolean): Promise<DbtAnswer> {
  const without = ["unit_test", ...(hasSeeds ? ["seed"] : [])];
  const options = without.flatMap((type) => ["--exclude-resource-type", type]);
  const answer = await dbt.command("build", "--quiet", ...options);
  if (answer.success) return answer;
  const told = answer.failures.map(({ node, message }) => `${node}: ${message}`).join("; ");
  throw new RetriableError(`Gold is not published, dbt has failed: ${told}`);
}

interface BuiltRun {
  readonly file: GoldFile;
  readonly silver: SilverReading;
  readonly runId: string;
  readonly seconds: RunSeconds;
  readonly builtMs: number;
}

/** Somebody may have a table to himself for longer than a publication should wait. */
const PATIENCE = "set local lock_timeout = '30s'";

const publishRun = (
  { database, clock }: GoldWork,
  { file, silver, runId, seconds, builtMs }: BuiltRun,
): Promise<Published & { readonly noted: readonly string[] }> =>
  database.transaction(async (tx) => {
    const beganMs = clock.nowMs();
    await tx.execute(PATIENCE);
    await tx.query("select pg_advisory_xact_lock(hashtext('gdelt-streams gold'))");
    const newest = await publishedVersion(tx, silver.events.id);
    if (newest !== null && newest > silver.events.version) {
      throw new RetriableError(
        `version ${newest} of this lake's events is published, and this run has read ` +
          `${silver.events.version}: another runner is at work, stop one of them`,
      );
    }
    const published = await publish(file, tx, runId);
    const noted = await noteEvents(file, tx, { runId, builtMs });
    const publishSeconds = (clock.nowMs() - beganMs) / 1000;
    await completeRun(tx, runId, published, { ...seconds, publish: publishSeconds });
    return { ...published, noted };
  });
