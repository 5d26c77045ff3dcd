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
import {
  comparePositions,
  type FeedingLog,
  type LogNames,
  openFeedingLog,
} from "./lake-positions.ts";
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
  config: { type: "string" },
  data: { type: "string" },
  kafka: { type: "string" },
  "at-rest": { type: "boolean" },
} as const;

type Name = keyof typeof OPTIONS;

interface Given extends LogNames {
  readonly retain?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly "at-rest"?: boolean | undefined;
}

interface Beside {
  readonly clock: Clock;
  /** Against which tables are held; null: none is named. */
  readonly feeding: FeedingLog | null;
}

/** What is done with each table, and what it says of it; false: something is wrong with the table. */
interface LakeAction {
  readonly options: readonly Name[];
  readonly commits: boolean;
  run(table: PlacedTable, given: Given, beside: Beside): Promise<boolean>;
}

const ACTIONS: Readonly<Record<string, LakeAction>> = {
  compact: { options: [], commits: true, run: compact },
  vacuum: { options: ["retain", "dry-run", "force"], commits: false, run: clean },
  verify: { options: ["config", "data", "kafka", "at-rest"], commits: false, run: verify },
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
  const feeding = await openFeedingLog(values, clock);
  try {
    if (values["at-rest"] && feeding === null) {
      throw new ConfigError("--at-rest takes a log: --config, --data or --kafka");
    }
    const [place = feeding?.place ?? null, ...others] = positionals;
    if (place === null || others.length > 0) throw new ConfigError(USAGE);
    const { commits } = action;
    const endpoint = values.endpoint ?? feeding?.access.endpoint;
    const store = await openObjectStore({ ...feeding?.access, place, endpoint, commits });
    let isWhole = true;
    for (const table of await tablesAt(store, place)) {
      isWhole = (await action.run(table, values, { clock, feeding })) && isWhole;
    }
    return isWhole ? 0 : 1;
  } finally {
    await feeding?.log.close();
  }
}

function say({ name }: PlacedTable, text: string): void {
  process.stdout.write(`${name}: ${text}\n`);
}

const count = (number: number): string => number.toLocaleString("en-US");

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

async function compact(placed: PlacedTable, _given: Given, { clock }: Beside): Promise<boolean> {
  const { described, log, name } = placed;
  if (described === null) {
    throw new ConfigError(`${name} is none of our tables: what its rows mean is not known here`);
  }
  const table = await openLakeTable(log.store, { ...described, folder: log.root }, clock);
  const done = await compactTable(table, {
    newest: described.newest,
    fileBytesMin: 32 * MIB,
    fileBytesMax: 64 * MIB,
  });
  say(
    placed,
    `${count(done.filesRemoved)} files of ${mib(done.bytesRemoved)} rewritten as ` +
      `${count(done.filesAdded)} of ${mib(done.bytesAdded)}, ` +
      `${count(done.rowsDropped)} superseded rows dropped`,
  );
  return true;
}

async function clean(table: PlacedTable, given: Given, { clock }: Beside): Promise<boolean> {
  const { retain, force = false, "dry-run": dryRun = false } = given;
  const retentionMs = retain === undefined ? null : parseDuration("retain", retain);
  const done = await vacuum(table.log, { retentionMs, force, dryRun }, clock);
  say(
    table,
    `${count(done.dataFiles)} data files of ${mib(done.bytes)} and ` +
      `${count(done.logFiles)} files of the log ${dryRun ? "would be " : ""}deleted`,
  );
  return true;
}

async function verify(table: PlacedTable, given: Given, { feeding }: Beside): Promise<boolean> {
  const { log, described } = table;
  const report = await verifyTable(log, described?.identity ?? null);
  const { version, files, rows, transactions } = report;
  const positions =
    feeding &&
    described &&
    (await comparePositions(
      feeding,
      { node: described.node, transactions },
      given["at-rest"] ?? false,
    ));
  const findings = [...report.findings, ...(positions?.findings ?? [])];
  for (const finding of findings) say(table, finding);
  const verdict = findings.length === 0 ? "whole" : `${count(findings.length)} findings`;
  const lag = positions === null ? "" : `, ${count(positions.behind)} offsets behind the log`;
  say(table, `version ${version}, ${count(files)} files, ${count(rows)} rows${lag}: ${verdict}`);
  return findings.length === 0;
}

async function history(table: PlacedTable, { limit }: Given): Promise<boolean> {
  const most = limit === undefined ? HISTORY_LINES : wholeNumber("limit", limit, 1, 1_000_000);
  const entries = (await tableHistory(table.log)).toReversed();
  say(table, `${count(entries.length)} versions in the log, the newest first`);
  process.stdout.write(describeHistory(entries.slice(0, most)));
  return true;
}
