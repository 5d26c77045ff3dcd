import { setTimeout as sleep } from "node:timers/promises";
import { stampOf } from "../gdelt/feeds.ts";
import { type ProbeSlice, publishProbe } from "../ingest/probe-slice.ts";
import type { Clock } from "../record/clock.ts";
import { RetriableError } from "../record/errors.ts";
import { DeltaLog } from "../sinks/delta/log.ts";
import { readParquet } from "../sinks/delta/parquet-reader.ts";
import { openPgDatabase } from "../sinks/postgres/pg-database.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Settings } from "./config/catalogue.ts";
import { loadConfiguration } from "./config/configuration.ts";
import { kafkaConnection } from "./config/kafka-connection.ts";
import { s3Access } from "./config/places.ts";
import { openLog } from "./log-place.ts";
import { ask } from "./mart-question.ts";
import { openObjectStore } from "./open-object-store.ts";
import { parseProbeOptions } from "./probe-options.ts";
import { feedsFor } from "./publishing.ts";

const POLL_MS = 1000;
const ANSWER_MS_MAX = 10_000;
const EVENTS = "silver/events";
/** That its mention, and the context of that, have come through both joins. */
const COMPLETE = "SILVER_COMPLETE";

/** Whether an event is there, and complete. */
type Place = readonly [name: string, has: (probe: ProbeSlice) => Promise<boolean>];

/** `gdelt-streams probe`: sends one event the whole way, and waits until it is in the tables. The exit code. */
export async function runProbe(args: string[], clock: Clock): Promise<number> {
  const { config, patienceMs } = parseProbeOptions(args);
  const { settings } = loadConfiguration({ file: config, environment: process.env });
  const untilMs = clock.nowMs() + patienceMs;
  const probe = await published(settings, clock, untilMs);
  const publishedMs = clock.nowMs();
  tell(`event ${probe.eventId} is published in slice ${stampOf(probe.sliceMs)}`);
  for (const [name, has] of await placesOf(settings)) {
    while (!(await has(probe))) await pause(clock, untilMs, `the event is not complete in ${name}`);
    tell(`it is complete in ${name} after ${((clock.nowMs() - publishedMs) / 1000).toFixed(1)} s`);
  }
  return 0;
}

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** @throws RetriableError when it takes too long */
async function pause(clock: Clock, untilMs: number, what: string): Promise<void> {
  if (clock.nowMs() >= untilMs)
    throw new RetriableError(`${what} in time: is anything behind? /topology/state tells`);
  await sleep(POLL_MS);
}

async function published(settings: Settings, clock: Clock, untilMs: number): Promise<ProbeSlice> {
  const log = await openLog({ kind: "kafka", connection: kafkaConnection(settings) }, clock);
  try {
    const { partitions, translation, "application.id": application } = settings;
    const rules = { application, partitions, feeds: feedsFor(translation) };
    for (;;) {
      const probe = await publishProbe(log, rules, clock.nowMs());
      if (probe !== null) return probe;
      await pause(clock, untilMs, "no slice has been published with all of its feeds");
    }
  } finally {
    await log.close();
  }
}

/** Where it has to arrive. */
async function placesOf(settings: Settings): Promise<Place[]> {
  const place = settings["lake.location"];
  const lake = await openObjectStore({ ...s3Access(settings), place, commits: false });
  const url = settings["mart.url"];
  return [
    [EVENTS, (probe) => isInLake(lake, probe)],
    ...(url === null ? [] : [["the mart", (probe) => isInMart(url, probe)] satisfies Place]),
  ];
}

async function isInLake(lake: ObjectStore, { eventId, sliceMs }: ProbeSlice): Promise<boolean> {
  const log = new DeltaLog(lake, EVENTS);
  const files = [...((await log.load())?.files.values() ?? [])];
  const date = new Date(sliceMs).toISOString().slice(0, 10);
  const ofDay = files.filter(({ partitionValues }) =>
    Object.values(partitionValues).includes(date),
  );
  // The newest first: there it is, unless they have been put together meanwhile.
  for (const { path } of ofDay.toSorted((a, b) => b.modificationTime - a.modificationTime)) {
    const bytes = await lake.get(log.path(decodeURIComponent(path)));
    if (bytes !== null && hasComplete(bytes, BigInt(eventId))) return true;
  }
  return false;
}

function hasComplete(file: Uint8Array, eventId: bigint): boolean {
  for (const batch of readParquet(file)) {
    const [ids, statuses] = [batch.getChild("global_event_id"), batch.getChild("status")];
    for (let row = 0; row < batch.numRows; row++) {
      if (ids?.get(row) === eventId && statuses?.get(row) === COMPLETE) return true;
    }
  }
  return false;
}

async function isInMart(url: string, { eventId }: ProbeSlice): Promise<boolean> {
  const database = openPgDatabase(url);
  const sql = `select from silver.events where global_event_id = ${eventId} and status = '${COMPLETE}'`;
  const answer = await ask(database, { sql, rowsMax: 1, timeoutMs: ANSWER_MS_MAX }).finally(() =>
    database.close(),
  );
  return answer.rows.length > 0;
}
