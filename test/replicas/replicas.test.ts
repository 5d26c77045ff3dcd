import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { kafkaCluster } from "../../scripts/services/kafka.ts";
import { freePorts } from "../../scripts/services/ports.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import type { EventAnswer } from "../../src/app/inspector/events/event-rows.ts";
import { LakeEvents } from "../../src/app/inspector/events/lake-events.ts";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { MART_TABLES } from "../../src/app/mart-tables.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import type { GatheredState } from "../../src/inspector/peers/gathering.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { openKafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { lakeContents, martContents } from "../app/table-contents.ts";
import { compareWithOracle } from "../oracle/compare.ts";
import { pythonReaders } from "../python-readers.ts";
import { storeOf } from "../s3/store-of.ts";
import { ownInstance } from "../services/own-instance.ts";
import { service } from "../services/service.ts";
import { copyObjects } from "../state/copy-objects.ts";
import { allDone } from "./all-done.ts";
import { ReplicaProcess } from "./replica-process.ts";
import { checkReadiness, seenReadiness } from "./seen-readiness.ts";

const cluster = kafkaCluster(1);
const { connection: bucket, skip: noBucket } = await service("minio");
const skip =
  noBucket ||
  (!(await cluster.software.isInstalled()) && "Kafka is not installed") ||
  ((await pythonReaders()) === null && "no Python with delta-rs and DuckDB");

const instance = ownInstance("kafka-replicas");
const SLICES = 8;
const PARTITIONS = 4;
const mart = await service("postgres");
const IN_BOTH = [
  ["silver-events-lake", "silver.events"],
  ["silver-mentions-lake", "silver.mentions"],
  ["lifecycle-lake", "ops.lifecycle"],
] as const;
/**
 * Of two joins, four Silver tables and three of Bronze for each partition, and that of the slices;
 * the same without Bronze's three once more for the mart.
 */
const TASKS = 9 * PARTITIONS + 1 + (mart.connection ? 4 * PARTITIONS + 1 : 0);

describe("replicas on Kafka and S3", { timeout: 150_000, skip }, () => {
  let scratch: string;
  let config: string;
  let broker: { readonly address: string; readonly pid: number };
  let log: Log;
  /** Events of the first slice. */
  let ids: readonly number[];
  const started: ReplicaProcess[] = [];

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-replicas-"));
    const { ports, servers } = await instance.start(cluster, await thisProcess());
    broker = { address: cluster.endpoint(ports), pid: servers[0]!.pid };
    log = await openKafkaLog({ brokers: [broker.address], clock: { nowMs: () => Date.now() } });
    const stream = new SliceStream({ seed: 7, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 150 });
    await writeSlices(join(scratch, "slices"), stream.slices(SLICES), { zipped: true });
    const { feeds } = stream.slice(0);
    ids = feeds.get("events")!.toString().split("\n").slice(0, 12).map(Number.parseFloat);
    await writeFile(join(scratch, "secret"), `${bucket!.secretKey}\n`);
    config = join(scratch, "config.yaml");
    const lines = [
      `bootstrap.servers: ${broker.address}`,
      `partitions: ${PARTITIONS}`,
      "num.stream.threads: 2",
      `checkpoint.store: s3://${bucket!.bucket}/checkpoints`,
      `lake.location: s3://${bucket!.bucket}/lake`,
      `s3: { endpoint: "${bucket!.endpoint}", region: ${bucket!.region} }`,
      `s3.access.key: ${bucket!.accessKey}`,
      "table.commit.interval.ms: 1000",
      `feed.source: ${join(scratch, "slices")}`,
      "session.timeout.ms: 6000",
      "upkeep.interval: 3s",
      "lake.compact.small.files: 2",
    ];
    await writeFile(config, lines.join("\n"));
  });

  // Whoever is left over would keep tasks from the next test's replicas.
  afterEach(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await Promise.all(started.splice(0).map(({ ended }) => ended));
  });

  after(async () => {
    await log.close();
    await rm(scratch, { recursive: true });
  });

  const secret = () => ({
    GDELT_STREAMS_S3_SECRET_KEY_FILE: join(scratch, "secret"),
    GDELT_STREAMS_MART_URL: mart.connection?.url ?? "",
  });
  const secretValues = () => ({
    key: bucket!.secretKey,
    token: INSPECTED.GDELT_STREAMS_INSPECTOR_TOKEN,
    ...(mart.connection && { mart: mart.connection.url }),
  });
  const start = (command: string, environment: Record<string, string>, ...args: string[]) => {
    const replica = new ReplicaProcess([command, "--config", config, ...args], {
      ...secret(),
      ...environment,
    });
    started.push(replica);
    return replica;
  };
  const replica = (name: string, environment: Record<string, string> = {}) =>
    start("run", { GDELT_STREAMS_STATE_DIR: join(scratch, name), ...environment });

  test("share the tasks; one is stopped, the other ends the work, and the tables are right", async (t) => {
    // All at the same time: each of them may be the one that makes the topics and tables.
    const inspectors = await inspectorsOf(2);
    const both = [replica("one", inspectors[0]!), replica("two", inspectors[1]!)] as const;
    const readiness = new Map(both.map((each) => [each, seenReadiness(each)]));
    await both[0].until("inspector", () => both[0].inspector !== null);
    const told = firstSentence(both[0]);
    const feed = start("feed", {}, "--from", "20260101000000", "--to", "20260101014500");
    assert.equal(await feed.ended, 0, feed.said);
    await both[0].until("share of the work", () => {
      const [ofOne, ofTwo] = both.map(({ tasks }) => tasks) as [string[], string[]];
      const all = new Set([...ofOne, ...ofTwo]);
      const least = Math.min(ofOne.length, ofTwo.length);
      return ofOne.length + ofTwo.length === TASKS && all.size === TASKS && least > 10;
    });
    assert.match((await told).sentence, /reported by/);
    // The one that looks after the tables is stopped, so that the other has to take that over too.
    const [one, two] = both[0].tasks.includes("0_0") ? both : ([both[1], both[0]] as const);
    await one.until("turn of upkeep", () => one.keeps && one.turns > 0);
    assert.equal(two.keeps, false, two.said);
    await one.until("state RUNNING", () => one.states.at(-1) === "RUNNING");
    await two.until("state RUNNING", () => two.states.at(-1) === "RUNNING");
    await ownersAreRight(ids, one, both);
    assert.equal(await one.stop(), 0, one.said);
    assert.deepEqual(one.states.slice(-2), ["PENDING_SHUTDOWN", "NOT_RUNNING"]);
    assert.ok(one.states.includes("RUNNING"), one.said);
    await two.until("taking over", () => two.tasks.length === TASKS && two.keeps);
    const lake = storeOf(bucket!, "lake");
    for (let tries = 0; !(await allDone(log, lake)); tries++) {
      assert.ok(tries < 200, `not everything is in the tables\n${two.said}`);
      await sleep(300);
    }
    const verified = new ReplicaProcess(
      ["lake", "verify", "--config", config, "--at-rest"],
      secret(),
    );
    assert.equal(await verified.ended, 0, verified.said);
    assert.match(verified.said, /^silver\/events: .* 0 offsets behind the log: whole$/m);
    const copy = new FolderObjectStore(join(scratch, "copy"));
    await copyObjects(lake, copy);
    if (mart.connection) await martFollows(mart.connection.url, join(scratch, "copy"));
    await two.until("state RUNNING", () => two.states.at(-1) === "RUNNING");
    const metrics = await checkInspector(two, Object.values(secretValues()));
    await sameAsTables(ids, two, join(scratch, "copy"));
    assert.equal(await two.stop(), 0, two.said);
    assert.deepEqual(two.states.slice(-2), ["PENDING_SHUTDOWN", "NOT_RUNNING"]);
    checkReadiness((await readiness.get(two))!);
    for (const { said } of [one, two, feed]) assert.ok(!said.includes(bucket!.secretKey));

    const slices = join(scratch, "slices");
    const report = await compareWithOracle({ slices, out: join(scratch, "copy") });
    assert.ok(report.equal, report.message);
    assert.ok(report.counts["complete"]! > 0);
    // It has all tasks now, and with them what they have counted.
    const { joined, complete } = report.counts;
    const metric = (labels: string) =>
      Number(new RegExp(`^gdelt_join_rows\\{${labels}\\} (\\d+)$`, "m").exec(metrics)?.[1]);
    assert.equal(metric('stream="mentions",outcome="joined"'), joined);
    assert.equal(metric('stream="events",outcome="complete"'), complete);
    assert.match(metrics, new RegExp(`^gdelt_tasks\\{state="RUNNING"\\} ${TASKS}$`, "m"));
    assert.match(metrics, /^gdelt_consumer_lag_records\{node="events-source",.*\} 0$/m);
    const audit = new ReplicaProcess(["audit", "--data", join(scratch, "copy")], {});
    assert.equal(await audit.ended, 0, audit.said);
    t.diagnostic(audit.said.trim().split("\n").at(-1)!);
  });

  test("one that cannot stop in time says what hangs, and ends", async () => {
    const three = replica("three", { GDELT_STREAMS_SHUTDOWN_TIMEOUT_MS: "1000" });
    await three.until("state RUNNING", () => three.tasks.length === TASKS);
    process.kill(broker.pid, "SIGSTOP");
    try {
      // Its threads stop one after another, and the last may still answer.
      await sleep(300);
      assert.equal(await three.stop(), 1, three.said);
    } finally {
      process.kill(broker.pid, "SIGCONT");
    }
    const last = three.lines.at(-1)!;
    assert.equal(last.level, "error");
    assert.match(last.msg, /^not stopped within 1000 ms: StreamThread-\d in [A-Z_]+/);
  });

  test("one whose settings do not go with the topics dies of it, and says so", async () => {
    const four = replica("four", { GDELT_STREAMS_PARTITIONS: "3" });
    assert.equal(await four.ended, 2, four.said);
    assert.deepEqual(four.states, ["PENDING_ERROR", "ERROR"]);
    const [death] = four.lines.filter(({ level }) => level === "error");
    assert.match(death!.msg, /^StreamThread-\d has died: .*partitions/);
  });
});

/** One that may be asked by who has its token. */
const INSPECTED = {
  GDELT_STREAMS_INSPECTOR_ADDRESS: "127.0.0.1:0",
  GDELT_STREAMS_INSPECTOR_TOKEN: "t0ken-of-a-replica",
};

/** Of its stream: whichever replica has written it. */
async function firstSentence(replica: ReplicaProcess): Promise<{ readonly sentence: string }> {
  const { body } = (await asked(replica, "/stream"))!;
  let told = "";
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    told += text;
    const [, sentence] = /^event: sentence\ndata: (.*)$/m.exec(told) ?? [];
    if (sentence !== undefined) return JSON.parse(sentence);
  }
  assert.fail(`the stream ended\n${replica.said}`);
}

/** Those of so many replicas, each of which knows where the others are. */
async function inspectorsOf(count: number): Promise<Record<string, string>[]> {
  const ports = await freePorts(count);
  const peers = ports.map((port) => `http://127.0.0.1:${port}`).join(",");
  return ports.map((port) => ({
    ...INSPECTED,
    GDELT_STREAMS_INSPECTOR_ADDRESS: `127.0.0.1:${port}`,
    GDELT_STREAMS_INSPECTOR_PEERS: peers,
  }));
}

const authorization = `Bearer ${INSPECTED.GDELT_STREAMS_INSPECTOR_TOKEN}`;

const asked = (replica: ReplicaProcess, path: string) => replica.asked(path, { authorization });

/** What one replica says of an event, when it or another has it. */
async function eventOf(id: number, replica: ReplicaProcess): Promise<EventAnswer> {
  for (let tries = 0; ; tries++) {
    const answer = (await asked(replica, `/events/${id}`))!;
    if (answer.status === 200) return (await answer.json()) as EventAnswer;
    assert.ok(tries < 100, `${id}: ${await answer.text()}`);
    await sleep(200);
  }
}

/** Whoever is asked, who has an event is the replica that has its task. */
async function ownersAreRight(
  ids: readonly number[],
  asking: ReplicaProcess,
  all: readonly ReplicaProcess[],
): Promise<void> {
  const { instances } = (await (await asked(asking, "/topology/state"))!.json()) as GatheredState;
  const names = all.map(({ child }) => `${hostname()}-${child.pid}`);
  assert.deepEqual(instances.map(({ replica }) => replica).sort(), names.sort());
  let held = 0;
  for (const id of ids) {
    const { foundIn, owner, event } = await eventOf(id, asking);
    assert.equal(event!["global_event_id"], id);
    if (foundIn !== "state") continue;
    held++;
    const having = all.find(({ child }) => owner!.replica === `${hostname()}-${child.pid}`);
    assert.ok(having?.tasks.includes(owner!.task), `${id}: ${JSON.stringify(owner)}`);
  }
  assert.ok(held > 0, "no event is in the state of anybody");
}

/** When all has been joined, the state of an event is what the lake holds of it. */
async function sameAsTables(ids: readonly number[], replica: ReplicaProcess, lake: string) {
  const tables = new LakeEvents(lake);
  for (const id of ids) {
    const { foundIn, event, mentionCount } = await eventOf(id, replica);
    const expected = (await tables.rows(id))!;
    assert.equal(foundIn, "state");
    assert.deepEqual(
      { ...event, silver_committed_at: null },
      {
        ...expected.event,
        silver_committed_at: null,
      },
    );
    assert.equal(mentionCount, expected.mentionCount);
  }
}

/** The first that it tells to who listens. */
async function firstOf(replica: ReplicaProcess): Promise<string> {
  const { body } = (await asked(replica, "/stream"))!;
  for await (const text of body!.pipeThrough(new TextDecoderStream())) return text;
  assert.fail(`the stream ended\n${replica.said}`);
}

/** It runs everything, and gives nothing away; its metrics. */
async function checkInspector(
  replica: ReplicaProcess,
  secrets: readonly string[],
): Promise<string> {
  const ask = async (path: string) => (await asked(replica, path))!.text();
  const { paths } = JSON.parse(await ask("/openapi.json")) as { paths: object };
  assert.ok("/stream" in paths);
  for (const path of Object.keys(paths)) {
    // That has no end; its first event is the whole state.
    const said = await (path === "/stream" ? firstOf(replica) : ask(path.replace("{id}", "1")));
    for (const secret of secrets) assert.ok(!said.includes(secret), path);
  }
  assert.equal((await replica.asked("/metrics"))!.status, 401);
  const metrics = await ask("/metrics");
  assert.match(metrics, /^gdelt_instance_state\{state="RUNNING"\} 1$/m);
  assert.match(metrics, /^gdelt_threads\{state="RUNNING"\} 2$/m);
  assert.match(metrics, /^gdelt_thread_cpu_seconds_total\{thread="StreamThread-2"\} \d/m);
  assert.match(await ask("/topology.text"), /^Topologies:/);
  const { instances } = JSON.parse(await ask("/topology/state?self")) as GatheredState;
  const tasks = instances[0]!.threads.flatMap((thread) => thread.tasks.map(({ id }) => id));
  assert.deepEqual(tasks.sort(), replica.tasks);
  assert.ok(!replica.said.includes(INSPECTED.GDELT_STREAMS_INSPECTOR_TOKEN));
  return metrics;
}

/** The tables of the mart come to hold what the lake does, each in its own time. */
async function martFollows(url: string, lake: string): Promise<void> {
  const database = openPgDatabase(url);
  try {
    for (const [node, name] of IN_BOTH) {
      const { table } = MART_TABLES.find((each) => each.table.name === name)!;
      const { folder } = LAKE_TABLES.find((each) => each.node === node)!;
      const expected = await lakeContents(lake, folder, table);
      assert.ok(expected.size > 0);
      let found = await martContents(database, table);
      for (let tries = 0; tries < 100 && !isDeepStrictEqual(found, expected); tries++) {
        await sleep(200);
        found = await martContents(database, table);
      }
      assert.deepEqual(found, expected, name);
    }
  } finally {
    await database.close();
  }
}
