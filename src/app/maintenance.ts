import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { currentGeneration } from "../runtime/generation.ts";
import {
  mustStandStill,
  partitionsUsed,
  type StandingApplication,
} from "../runtime/standing-application.ts";
import { loadConfiguration } from "./config/configuration.ts";
import { kafkaConnection } from "./config/kafka-connection.ts";
import { s3Access, sourceOptions } from "./config/places.ts";
import { claimOf } from "./data-folder.ts";
import { openLog } from "./log-place.ts";
import { EmbeddedMart, parseMartPlace } from "./mart-place.ts";
import { openObjectStore } from "./open-object-store.ts";
import { APPLICATION, feedsFor } from "./publishing.ts";
import { REPLAY_DEFAULTS, wholeNumber } from "./replay-options.ts";
import {
  checkpointsPlace,
  logPlace,
  openSession,
  type Session,
  type SessionOptions,
} from "./session.ts";
import { topologyOf } from "./silver-runtime.ts";

const DAY_MS = 24 * 3_600_000;
const MIB = 1024 * 1024;

/** Runs to the end at once; what does not go through within seconds is for a person. */
const POLICIES = {
  commit: {
    closedMs: 500,
    intervalMs: 1000,
    outputBytesMax: 64 * MIB,
    tableBytesMax: 32 * MIB,
    tableIntervalMs: 30_000,
  },
  retry: {
    taskAttemptsMax: 5,
    tableAttemptsMax: 5,
    waitMs: 100,
    waitMsMax: 5000,
    wait: (ms: number) => sleep(ms),
  },
} as const;

const string = { type: "string" } as const;
const boolean = { type: "boolean" } as const;

/** Say which application it is, as `start` and `replay` were told. */
export const APPLICATION_OPTIONS = {
  config: string,
  data: string,
  kafka: string,
  tables: string,
  checkpoints: string,
  translation: boolean,
  bronze: boolean,
  mart: string,
  "retention-days": string,
} as const;

type Given = {
  readonly [N in keyof typeof APPLICATION_OPTIONS]?:
    | ((typeof APPLICATION_OPTIONS)[N]["type"] extends "string" ? string : boolean)
    | undefined;
};

/** An application as it is configured, but for the number of partitions, which it knows itself. */
export type ApplicationOptions = Omit<SessionOptions, "partitions">;

/**
 * What `start` has noted in the folder need not be said again; nor which tables there are.
 * @throws ConfigError when there is no such folder, or a configuration that is not to be used.
 */
export async function applicationOptions(given: Given): Promise<ApplicationOptions> {
  const { config, data: folder } = given;
  if (config !== undefined) return configuredApplication(config, given);
  if (folder === undefined) {
    throw new ConfigError("say which application: --data <folder>, or --config <file>");
  }
  if (!existsSync(folder)) throw new ConfigError(`there is no ${folder}: nothing has run there`);
  const claim = await claimOf(folder);
  const days = given["retention-days"];
  const retentionDays =
    days === undefined
      ? REPLAY_DEFAULTS.retentionDays
      : wholeNumber("retention-days", days, 1, 3650);
  return {
    ...POLICIES,
    folder,
    application: null,
    kafka: given.kafka === undefined ? null : { brokers: given.kafka.split(",") },
    tables: given.tables ?? null,
    checkpoints: given.checkpoints ?? null,
    feeds: feedsFor(given.translation ?? claim?.translation ?? false),
    bronze: given.bronze ?? existsSync(path.join(folder, "bronze")),
    mart: martOf(folder, given.mart),
    retentionMs: retentionDays * DAY_MS,
  };
}

/** The replicas of a configuration, all of which are to be stopped. */
function configuredApplication(file: string, given: Given): ApplicationOptions {
  for (const name of Object.keys(APPLICATION_OPTIONS) as (keyof Given)[]) {
    if (name === "config" || given[name] === undefined) continue;
    throw new ConfigError(`--config says all of the application: leave --${name} out`);
  }
  const { settings } = loadConfiguration({ file, environment: process.env });
  const url = settings["mart.url"];
  return {
    ...POLICIES,
    application: settings["application.id"],
    folder: settings["state.dir"],
    kafka: kafkaConnection(settings),
    tables: settings["lake.location"],
    checkpoints: settings["checkpoint.store"],
    s3: s3Access(settings),
    feeds: feedsFor(settings.translation),
    source: sourceOptions(settings),
    lake: settings["lake.enabled"],
    bronze: settings["bronze.enabled"],
    mart: url === null ? null : { kind: "postgres", url },
    retentionMs: settings["silver.event.retention"],
  };
}

/** Which application it is: its name in groups, checkpoints and tables. */
export const applicationOf = ({ application }: ApplicationOptions): string =>
  application ?? APPLICATION;

function martOf(folder: string, given: string | undefined): SessionOptions["mart"] {
  if (given !== undefined) return given === "none" ? null : parseMartPlace(given);
  return new EmbeddedMart(folder).exists ? { kind: "pglite" } : null;
}

/** Does something to an application that nobody runs. @throws ConfigError when somebody does. */
export async function withStanding<T>(
  options: ApplicationOptions,
  clock: Clock,
  work: (app: StandingApplication) => Promise<T>,
): Promise<T> {
  const log = await openLog(logPlace(options), clock);
  try {
    const place = checkpointsPlace(options);
    const checkpoints = await openObjectStore({ ...options.s3, place, commits: true });
    const topology = topologyOf(options, options.mart !== null);
    const app = { applicationId: applicationOf(options), topology, log, checkpoints };
    await mustStandStill(app, await currentGeneration(checkpoints, app.applicationId));
    return await work(app);
  } finally {
    await log.close();
  }
}

/** Runs everything that has been published through the tasks and tables, then does something. */
export async function withDrained<T>(
  options: ApplicationOptions,
  clock: Clock,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const partitions = await withStanding(options, clock, async (app) =>
    partitionsUsed(app, await currentGeneration(app.checkpoints, app.applicationId)),
  );
  const session = await openSession({ ...options, partitions }, clock);
  try {
    await session.thread.runUntilIdle();
    return await work(session);
  } finally {
    await session.close();
  }
}
