import type { Database, Transaction } from "../../sinks/postgres/database.ts";
import type { Published } from "./publish.ts";
import type { SilverReading } from "./silver-reading.ts";

/** How long each part of a run took, in seconds. */
export interface RunSeconds {
  /** Finding out what has changed, and receiving its files. */
  stage: number;
  /** dbt: models and tests. */
  build: number;
  publish: number;
}

export interface BegunRun {
  readonly silver: SilverReading;
  readonly daysChanged: number;
  readonly project: string;
}

/** Notes that a run has begun; one that never ended has died, and is said to have. Its id. */
export const beginRun = (database: Database, run: BegunRun): Promise<string> =>
  database.transaction(async (tx) => {
    const { silver, daysChanged, project } = run;
    await tx.query(
      `update ops.gold_runs set status = 'DIED', finished_at = now()
        where status = 'RUNNING' and lake = $1`,
      [silver.events.id],
    );
    const { rows } = await tx.query(
      `insert into ops.gold_runs
          (status, lake, events_version, mentions_version, slices_closed, days_changed, project)
        values ('RUNNING', $1, $2, $3, $4, $5, $6) returning run_id`,
      [
        silver.events.id,
        silver.events.version,
        silver.mentions.version,
        silver.slicesClosed,
        daysChanged,
        project,
      ],
    );
    return rows[0]![0]!;
  });

/** In the transaction of what it has published: the history says so exactly when readers see it. */
export async function completeRun(
  tx: Transaction,
  runId: string,
  { partitions, rows, tables }: Published,
  seconds: RunSeconds,
): Promise<void> {
  await tx.query(
    `update ops.gold_runs set status = 'COMPLETE', finished_at = clock_timestamp(),
        partitions_written = $2, rows_written = $3, table_rows = $4,
        stage_seconds = $5, build_seconds = $6, publish_seconds = $7
      where run_id = $1`,
    [runId, partitions, rows, JSON.stringify(Object.fromEntries(tables)), ...secondsOf(seconds)],
  );
}

export const failRun = (
  database: Database,
  runId: string,
  message: string,
  seconds: RunSeconds,
): Promise<void> =>
  database.transaction(async (tx) => {
    await tx.query(
      `update ops.gold_runs set status = 'FAILED', finished_at = clock_timestamp(), message = $2,
          stage_seconds = $3, build_seconds = $4, publish_seconds = $5
        where run_id = $1`,
      [runId, message, ...secondsOf(seconds)],
    );
  });

/** The newest version of a lake's events that is published; null: none is. */
export async function publishedVersion(tx: Transaction, lake: string): Promise<number | null> {
  const { rows } = await tx.query(
    "select max(events_version) from ops.gold_runs where status = 'COMPLETE' and lake = $1",
    [lake],
  );
  const [[version]] = rows as [[string | null]];
  return version === null ? null : Number(version);
}

const secondsOf = ({ stage, build, publish }: RunSeconds): string[] =>
  [stage, build, publish].map((seconds) => seconds.toFixed(3));
