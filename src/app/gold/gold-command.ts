import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { Database } from "../../sinks/postgres/database.ts";
import { migrate } from "../../sinks/postgres/migrations.ts";
import { openPgDatabase } from "../../sinks/postgres/pg-database.ts";
import { nodeFileSystem } from "../../sources/embedded-log/file-system.ts";
import { hostProcesses, lockFolder } from "../../sources/embedded-log/folder-lock.ts";
import { isS3Url } from "../../state/s3/s3-location.ts";
import { workFolder } from "../data-folder.ts";
import { parseDuration } from "../duration.ts";
import { MIGRATIONS } from "../mart.ts";
import { martServerUrl } from "../mart-place.ts";
import { openObjectStore } from "../open-object-store.ts";
import { parseArguments } from "../parse-arguments.ts";
import { type Logger, openLogger } from "../run/logger.ts";
import { stopSignal } from "../stop-signal.ts";
import { pause } from "../upkeep/keep-up.ts";
import { Dbt, dbtPython, projectPrint, typedDbt } from "./dbt.ts";
import { dropGoldFile } from "./gold-file.ts";
import { type CompletedRun, goldFileIn, runGold } from "./gold-run.ts";
import { goldStatus } from "./gold-status.ts";
import { GOLD_DEFAULTS, type GoldTurns, keepGold, makeGoldOnce } from "./keep-gold.ts";
import { verifyGold } from "./verify-gold.ts";
import { writeAnalysis } from "./write-analysis.ts";

/** Of a run by hand, before it says what is wrong. */
const ONCE_ATTEMPTS_MAX = 5;

const USAGE =
  "usage: gdelt-streams gold run --lake <folder or s3://…> --mart postgres://…, " +
  "gdelt-streams gold status or gold verify --mart postgres://…, gdelt-streams gold export <folder> " +
  "--mart postgres://…, or gdelt-streams gold dbt --lake <folder> -- <arguments>; " +
  "see gdelt-streams --help";

/** `gdelt-streams gold run|status|verify|export|dbt`: Silver made into answers. The exit code. */
export async function runGoldCommand(args: readonly string[], clock: Clock): Promise<number> {
  const [action, ...rest] = args;
  if (action === "run") return await run(parseRun(rest), clock);
  if (action === "status") return await status(rest);
  if (action === "verify") return await verify(rest);
  if (action === "export") return await exportAnalysis(rest);
  if (action === "dbt") return await dbtByHand(rest);
  throw new ConfigError(USAGE);
}

interface RunOptions {
  readonly lake: string;
  readonly url: string;
  readonly folder: string;
  readonly python: string | null;
  readonly endpoint: string | undefined;
  readonly pollMs: number;
  readonly once: boolean;
  readonly fullRefresh: boolean;
}

function parseRun(args: readonly string[]): RunOptions {
  const { values } = parseArguments({
    args: [...args],
    options: {
      lake: { type: "string" },
      mart: { type: "string" },
      work: { type: "string" },
      python: { type: "string" },
      endpoint: { type: "string" },
      poll: { type: "string" },
      once: { type: "boolean" },
      "full-refresh": { type: "boolean" },
    },
  });
  const { lake } = values;
  if (lake === undefined) throw new ConfigError(USAGE);
  return {
    lake,
    url: postgresUrl(values.mart),
    folder: goldFolder(lake, values.work),
    python: values.python ?? null,
    endpoint: values.endpoint,
    pollMs: parseDuration("poll", values.poll ?? GOLD_DEFAULTS.poll),
    once: values.once === true,
    fullRefresh: values["full-refresh"] === true,
  };
}

function goldFolder(lake: string, work: string | undefined): string {
  if (work !== undefined) return work;
  if (!isS3Url(lake)) return path.join(workFolder(lake), "gold");
  throw new ConfigError("of a lake in a bucket, --work names the folder for what is kept here");
}

function postgresUrl(mart: string | undefined): string {
  const url = martServerUrl(mart);
  if (url !== null) return url;
  throw new ConfigError(
    "Gold is published to a server: --mart postgres://user:password@host/database",
  );
}

async function run(options: RunOptions, clock: Clock): Promise<number> {
  const logger = openLogger({
    write: (line) => void process.stderr.write(line),
    clock,
    pretty: process.stderr.isTTY,
    secrets: [options.url, URL.parse(options.url)?.password ?? ""],
    base: { application: "gold" },
  });
  const stop = stopSignal("the run at hand", (line) => logger.info(line));
  return await alone(options.folder, async () => {
    if (options.fullRefresh) await dropGoldFile(goldFileIn(options.folder));
    await runUntil(stop, options, logger, clock);
    return 0;
  });
}

/** One process at a time has the folder. @throws ConfigError when another one does. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const lock = await lockFolder(nodeFileSystem, folder, hostProcesses, "the work of Gold");
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function runUntil(stop: AbortSignal, options: RunOptions, logger: Logger, clock: Clock) {
  const { lake, folder, url, endpoint, pollMs, once } = options;
  const python = options.python ?? (await dbtPython());
  const store = await openObjectStore({ place: lake, endpoint, commits: false });
  const database = openPgDatabase(url);
  const dbt = new Dbt({ python, database: goldFileIn(folder), folder });
  try {
    const project = await projectPrint();
    const work = { lake, store, database, dbt, folder, project, clock };
    let isMigrated = false;
    const turns: GoldTurns = {
      run: async (trigger) => {
        if (!isMigrated) await migrate(database, MIGRATIONS);
        isMigrated = true;
        return await runGold(work, trigger);
      },
      pollMs,
      random: Math.random,
      wait: pause,
      onRun: (done) => tellRun(logger, done),
      onFailure: (error, againInMs) =>
        logger.warn(`${error.message}; readers keep what the last complete run has published`, {
          againInMs: Math.round(againInMs),
        }),
    };
    await (once ? makeGoldOnce(turns, ONCE_ATTEMPTS_MAX, stop) : keepGold(turns, stop));
  } finally {
    await dbt.close();
    await database.close();
  }
}

function tellRun(logger: Logger, done: CompletedRun): void {
  const { runId, slicesClosed, daysChanged, partitions, rows, seconds, warnings } = done;
  const all = seconds.stage + seconds.build + seconds.publish;
  logger.info(
    `gold run ${runId}: ${slicesClosed} slices, ${daysChanged} days read anew, ${rows} rows in ` +
      `${partitions} partitions published, in ${all.toFixed(1)} s`,
    { runId, slicesClosed, daysChanged, partitions, rows, seconds },
  );
  for (const { node, message } of warnings) logger.warn(`${node}: ${message}`, { runId });
}

/** Whatever dbt can do with the models as they are: docs, freshness, one test. */
async function dbtByHand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: { lake: { type: "string" }, work: { type: "string" }, python: { type: "string" } },
  });
  if (values.lake === undefined || positionals.length === 0) throw new ConfigError(USAGE);
  const folder = goldFolder(values.lake, values.work);
  const python = values.python ?? (await dbtPython());
  return await alone(folder, () =>
    typedDbt({ python, database: goldFileIn(folder), folder }, positionals),
  );
}

async function status(args: readonly string[]): Promise<number> {
  const { text, isComplete } = await withMart(args, goldStatus);
  process.stdout.write(text);
  return isComplete ? 0 : 1;
}

async function verify(args: readonly string[]): Promise<number> {
  const { text, isWhole } = await withMart(args, verifyGold);
  process.stdout.write(text);
  return isWhole ? 0 : 1;
}

async function withMart<T>(
  args: readonly string[],
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const { values } = parseArguments({ args: [...args], options: { mart: { type: "string" } } });
  const database = openPgDatabase(postgresUrl(values.mart));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function exportAnalysis(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: { mart: { type: "string" } },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new ConfigError(USAGE);
  const database = openPgDatabase(postgresUrl(values.mart));
  try {
    const { file, answers, bytes } = await writeAnalysis(database, folder);
    process.stdout.write(`${file}: ${answers} answers, ${(bytes / 1e6).toFixed(1)} MB\n`);
    return 0;
  } finally {
    await database.close();
  }
}
