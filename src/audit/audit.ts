import type { LakeSql } from "../lake-sql/lake-sql.ts";
import { ConfigError } from "../record/errors.ts";
import { checkDeadLetters, checkDeadRows, readDeadLetters } from "./dead-letter-checks.ts";
import { checkEvents } from "./event-checks.ts";
import { Findings } from "./findings.ts";
import { checkGkg } from "./gkg-checks.ts";
import { Horizon } from "./horizon.ts";
import { checkLifecycle } from "./lifecycle-checks.ts";
import { checkLogOrder, RUNS } from "./log-order.ts";
import { checkMentions } from "./mention-checks.ts";
import { type Entry, Publications } from "./publications.ts";
import { type AuditReport, absentSlices, accountsOf, datesOf } from "./report.ts";
import { Accounts, dateOf, type Scope } from "./scope.ts";
import { checkEntries, checkTables } from "./table-checks.ts";
import { checkTally, noteOtherSlices, noteTally, TALLY } from "./tally.ts";

/** Tables that the audit counts, and counts against. */
const TABLES = [
  ...["slices", "events", "mentions", "gkg"].map((name) => `bronze/${name}`),
  "silver/events",
  "silver/mentions",
  "audit/lifecycle",
  "dead_letter",
];

/**
 * Counts every row of Bronze and of what was made of it again, and says where they do not add up.
 * Date by date, so that memory does not grow with the lake; `sliceMs` looks at one slice only.
 * @throws ConfigError when a table is not there.
 */
export async function auditLake(lake: LakeSql, sliceMs: number | null): Promise<AuditReport> {
  mustHaveTables(lake);
  const publications = new Publications(await readEntries(lake));
  const findings = new Findings();
  const horizon = new Horizon(lake.tables, publications);
  const round = { lake, publications, findings, horizon, accounts: new Accounts(), sliceMs };
  await checkTables(lake, findings);
  checkEntries(publications, findings);
  await lake.run(RUNS);
  await lake.run(TALLY);
  for (const date of datesToAudit(lake, publications, sliceMs)) await auditDate({ ...round, date });
  const scope = { ...round, date: "" };
  if (sliceMs !== null) await noteOtherSlices(scope, sliceMs);
  await checkTally(scope);
  await checkLogOrder(scope);
  return {
    adds_up: findings.problems.length === 0,
    slices: accountsOf(scope, (ms) => sliceMs === null || ms === sliceMs),
    absent: absentSlices(publications),
    stream_ended: publications.ended,
    problems: findings.problems,
    open: findings.open,
    rows_of_no_slice: await rowsOfNoSlice(lake),
  };
}

function mustHaveTables(lake: LakeSql): void {
  const missing = TABLES.filter((table) => !lake.tables.has(table));
  if (missing.length === 0) return;
  throw new ConfigError(
    `there is no table ${missing.join(", ")}: rows are counted from Bronze on, which a replay keeps ` +
      "with --bronze; run it again with it",
  );
}

async function readEntries(lake: LakeSql): Promise<Entry[]> {
  const rows = await lake.query(`
    SELECT "offset", epoch_ms(slice) AS "sliceMs", attempt, feed, status, file, rows, reason, outcome,
           feeds
    FROM ${lake.rows("bronze/slices")} ORDER BY "offset"`);
  return rows as unknown as Entry[];
}

function datesToAudit(lake: LakeSql, publications: Publications, sliceMs: number | null): string[] {
  if (sliceMs !== null) return [dateOf(sliceMs)];
  const dates = new Set<string | null>(datesOf(publications));
  for (const table of TABLES) for (const date of lake.tables.get(table)!.dates) dates.add(date);
  return [...dates].filter((date) => date !== null).sort();
}

/** The order matters: each check finds the rows that the one before has left in DuckDB. */
async function auditDate(scope: Scope): Promise<void> {
  await readDeadLetters(scope);
  await checkDeadLetters(scope);
  await checkEvents(scope);
  await checkDeadRows(scope, "events");
  await checkLifecycle(scope);
  await checkMentions(scope);
  await checkDeadRows(scope, "mentions");
  await noteTally(scope);
  await checkGkg(scope);
  await checkDeadRows(scope, "gkg");
}

async function rowsOfNoSlice(lake: LakeSql): Promise<number> {
  let rows = 0;
  for (const kind of ["events", "mentions", "gkg"]) {
    const [row] = await lake.query(
      `SELECT count(*) AS n FROM ${lake.rows(`bronze/${kind}`, new Set([null]))}`,
    );
    rows += row!["n"] as number;
  }
  return rows;
}
