import { ConfigError } from "../../record/errors.ts";
import type { Database } from "../../sinks/postgres/database.ts";
import { alignedTable } from "../answer-format.ts";

/** Runs that are shown. */
const RUNS_SHOWN = 10;

const RUNS = `select run_id, status, to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as started,
    slices_closed as slices, days_changed as days, rows_written as rows,
    round((stage_seconds + build_seconds + publish_seconds)::numeric, 1) as seconds,
    left(message, 100) as message
  from ops.gold_runs order by run_id desc limit ${RUNS_SHOWN}`;

const TABLES = `select table_name as table, sum(rows) as rows, count(*) as partitions, min(partition) as first,
    max(partition) as last, to_char(max(published_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as published
  from ops.gold_partitions group by table_name order by table_name`;

export interface GoldStatus {
  readonly text: string;
  /** Whether the newest run that has ended has published. */
  readonly isComplete: boolean;
}

/** The last runs, newest first, and what is published. @throws ConfigError where Gold never ran. */
export const goldStatus = (database: Database): Promise<GoldStatus> =>
  database.transaction(async (tx) => {
    const { rows: found } = await tx.query("select to_regclass('ops.gold_runs')");
    if (found[0]![0] === null) {
      throw new ConfigError("this mart has no Gold yet: run gdelt-streams gold run");
    }
    const runs = await tx.query(RUNS);
    const tables = await tx.query(TABLES);
    const ended = runs.rows.map(([, status]) => status).find((status) => status !== "RUNNING");
    return {
      text: [runs, tables].map((answer) => alignedTable({ ...answer, more: false })).join("\n"),
      isComplete: ended === "COMPLETE",
    };
  });
