import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { compactTable } from "../sinks/delta/compaction.ts";
import { tableHistory } from "../sinks/delta/table-history.ts";
import { vacuum } from "../sinks/delta/vacuum.ts";
import { verifyTable } from "../sinks/delta/verify-table.ts";
import { parseDuration } from "./duration.ts";
import { openLakeTable } from "./lake.ts";
import { describeHistory, HISTORY_LINES } from "./lake-history.ts";
import { type PlacedTable, tablesAt } from "./lake-place.ts";
import { openObjectStore } from "./open-object-store.ts";
import { parseArguments } from "./parse-arguments.ts";
import { wholeNumber } from "./replay-options.ts";

const MIB = 1024 * 1024;

const USAGE =
  "usage: gdelt-streams lake compact|vacuum|verify|history <table or lake>, which is a folder or " +
  "s3://bucket/prefix; see gdelt-streams --help";

const OPTIONS = {
  endpoint: { type: "string" },
  retain: { type: "string" },
  "dry-run": { type: "boolean" },
  force: { type: "boolean" },
  limit: { type: "string" },
} as const;

type Name = keyof typeof OPTIONS;

interface Given {
  readonly retain?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly limit?: string | undefined;
}

/** What is done with each table, and what it says of it; false: something is wrong with the table. */
interface LakeAction {
  readonly options: readonly Name[];
  readonly commits: boolean;
  run(table: PlacedTable, given: Given, clock: Clock): Promise<boolean>;
}

const ACTIONS: Readonly<Record<string, LakeAction>> = {
  compact: { options: [], commits: true, run: compact },
  vacuum: { options: ["retain", "dry-run", "force"], commits: false, run: clean },
  verify: { options: [], commits: false, run: verify },
  history: { options: ["limit"], commits: false, run: history },
};

/** `gdelt-streams lake …`: keeps tables in order, and proves that they are. The exit code. */
export async function runLake(args: readonly string[], clock: Clock): Promise<number> {
  const [name = "", ...rest] = args;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new ConfigError(USAGE);
  const options = Object.fromEntries(
    (["endpoint", ...action.options] as const).map((option) => [option, OPTIONS[option]]),
  ) as typeof OPTIONS;
  const { positionals, values } = parseArguments({ args: rest, allowPositionals: true, options });
  const [place, ...others] = positionals;
  if (place === undefined || others.length > 0) throw new ConfigError(USAGE);
  const { commits } = action;
  const store = await openObjectStore({ place, endpoint: values.endpoint, commits });
  let isWhole = true;
  for (const table of await tablesAt(store, place)) {
    isWhole = (await action.run(table, values, clock)) && isWhole;
  }
  return isWhole ? 0 : 1;
}

function say({ name }: PlacedTable, text: string): void {
  process.stdout.write(`${name}: ${text}\n`);
}

const count = (number: number): string => number.toLocaleString("en-US");

async function compact(placed: PlacedTable, _given: Given, clock: Clock): Promise<boolean> {
  const { described, log, name } = placed;
  if (described === null) {
    throw new ConfigError(`${name} is none of our tables: what its rows mean is not known here`);
  }
  const table = await openLakeTable(log.store, { ...described, folder: log.root }, clock);
  const { filesRemoved, filesAdded, rowsDropped } = await compactTable(table, {
    newest: described.newest,
    fileBytesMin: 32 * MIB,
    fileBytesMax: 128 * MIB,
  });
  say(
    placed,
    `${count(filesRemoved)} files rewritten as ${count(filesAdded)}, ` +
      `${count(rowsDropped)} superseded rows dropped`,
  );
  return true;
}

async function clean(table: PlacedTable, given: Given, clock: Clock): Promise<boolean> {
  const { retain, force = false, "dry-run": dryRun = false } = given;
  const retentionMs = retain === undefined ? null : parseDuration("retain", retain);
  const done = await vacuum(table.log, { retentionMs, force, dryRun }, clock);
  say(
    table,
    `${count(done.dataFiles)} data files of ${(done.bytes / MIB).toFixed(1)} MiB and ` +
      `${count(done.logFiles)} files of the log ${dryRun ? "would be " : ""}deleted`,
  );
  return true;
}

async function verify(table: PlacedTable): Promise<boolean> {
  const { log, described } = table;
  const { version, files, rows, findings } = await verifyTable(log, described?.identity ?? null);
  for (const finding of findings) say(table, finding);
  const verdict = findings.length === 0 ? "whole" : `${count(findings.length)} findings`;
  say(table, `version ${version}, ${count(files)} files, ${count(rows)} rows: ${verdict}`);
  return findings.length === 0;
}

async function history(table: PlacedTable, { limit }: Given): Promise<boolean> {
  const most = limit === undefined ? HISTORY_LINES : wholeNumber("limit", limit, 1, 1_000_000);
  const entries = (await tableHistory(table.log)).toReversed();
  say(table, `${count(entries.length)} versions in the log, the newest first`);
  process.stdout.write(describeHistory(entries.slice(0, most)));
  return true;
}
