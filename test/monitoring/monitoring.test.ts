import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { BOARDS } from "../../scripts/dashboards/boards.ts";
import { FOREIGN_METRICS } from "../../scripts/dashboards/foreign-metrics.ts";
import { alertmanagerSoftware } from "../../scripts/services/alertmanager.ts";
import { kafkaCluster } from "../../scripts/services/kafka.ts";
import { prometheusSoftware } from "../../scripts/services/prometheus.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import { questionsOver, seenReplicas } from "../../src/app/tune/seen-replicas.ts";
import { stampOf } from "../../src/gdelt/feeds.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { withoutPrograms } from "../app/inspector/promtool.ts";
import {
  metricsIn,
  PANEL_EXPRESSIONS,
  RULE_EXPRESSIONS,
  withInterval,
} from "../dashboards/expressions.ts";
import { ReplicaProcess } from "../replicas/replica-process.ts";
import { ownInstance } from "../services/own-instance.ts";
import { service } from "../services/service.ts";
import { Monitoring } from "./prometheus.ts";
import { Receiver } from "./receiver.ts";
import { until } from "./until.ts";

const cluster = kafkaCluster(1);
const mart = await service("postgres");
const skip =
  mart.skip ||
  (!(await cluster.software.isInstalled()) && "Kafka is not installed") ||
  (await withoutPrograms(prometheusSoftware)) ||
  (await withoutPrograms(alertmanagerSoftware));

const instance = ownInstance("kafka-monitoring");
const SLICES = 6;
const SLICE_MS = 900_000;
/** Two hours old and more, so that every row breaks its promise and somebody is told. */
const firstMs = Math.floor(Date.now() / SLICE_MS) * SLICE_MS - 14 * SLICE_MS;

const EXPORTERS = new Set<string>([
  ...FOREIGN_METRICS.kafka_exporter,
  ...FOREIGN_METRICS.minio,
  ...FOREIGN_METRICS.postgres_exporter,
]);

describe("a run that Prometheus watches", { skip, timeout: 170_000 }, () => {
  let scratch: string;
  let monitoring: Monitoring;
  let receiver: Receiver;
  const startedMs = Date.now();
  const started: ReplicaProcess[] = [];

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-monitoring-"));
    const { ports } = await instance.start(cluster, await thisProcess());
    const config = join(scratch, "config.yaml");
    const settings = [
      `bootstrap.servers: ${cluster.endpoint(ports)}`,
      "partitions: 2",
      `checkpoint.store: ${join(scratch, "checkpoints")}`,
      `lake.location: ${join(scratch, "lake")}`,
      `feed.source: ${join(scratch, "slices")}`,
      "table.commit.interval.ms: 1000",
      'inspector.address: "127.0.0.1:0"',
    ];
    await writeFile(config, settings.join("\n"));
    await mkdir(join(scratch, "slices"));
    receiver = await Receiver.open();
    const first = stampOf(firstMs);
    const run = (args: readonly string[], environment = {}) => {
      const process = new ReplicaProcess(args, environment);
      started.push(process);
      return process;
    };
    const watched = [
      ...["one", "two"].map((name) =>
        run(["run", "--config", config], {
          GDELT_STREAMS_STATE_DIR: join(scratch, name),
          GDELT_STREAMS_MART_URL: mart.connection!.url,
        }),
      ),
      // The one that has the metrics of a feed too.
      run([
        ...["start", "--feed", join(scratch, "slices"), "--from", first, "--mart", "none"],
        ...["--data", join(scratch, "data"), "--inspector", "127.0.0.1:0", "--partitions", "1"],
      ]),
    ];
    const targets = await Promise.all(watched.map(addressOf));
    monitoring = await Monitoring.start(scratch, targets, receiver.url);
    await until("all run", async () => {
      const running = 'sum(gdelt_instance_state{state="RUNNING"})';
      return (await monitoring.value(running)) === watched.length;
    });
    // A rate misses what was there at the first scrape.
    await sleep(2000);
    const stream = new SliceStream({ seed: 7, startMs: firstMs, eventsPerSlice: 120 });
    await writeSlices(join(scratch, "made"), stream.slices(SLICES), { zipped: true });
    for (const name of await readdir(join(scratch, "made"))) {
      await rename(join(scratch, "made", name), join(scratch, "slices", name));
    }
    const to = stampOf(firstMs + (SLICES - 1) * SLICE_MS);
    const feed = run(["feed", "--config", config, "--from", first, "--to", to]);
    assert.equal(await feed.ended, 0, feed.said);
    await goldWasMade(mart.connection!.url);
    await until("the age of Gold is known", async () => {
      return (await monitoring.value("max(gdelt_gold_last_success_timestamp_seconds)")) !== null;
    });
    await until("everything is in the tables", async () => {
      const slices = "min(gdelt_watermark_timestamp_seconds)";
      const newest =
        (await monitoring.value(slices)) === (firstMs + (SLICES - 1) * SLICE_MS) / 1000;
      return newest && (await monitoring.value("max(gdelt_consumer_lag_records)")) === 0;
    });
    // One leaves, so that tasks move too.
    const [one] = started;
    assert.equal(await one!.stop(), 0, one!.said);
    await until("the other has its tasks", async () => {
      const opened = 'sum(increase(gdelt_rebalance_duration_seconds_count{kind="opened"}[1m]))';
      return ((await monitoring.value(opened)) ?? 0) > 0;
    });
    await sleep(3000);
  });

  after(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await monitoring?.stop();
    receiver?.close();
    await rm(scratch, { recursive: true });
  });

  test("every expression of every panel and rule has data", async (t) => {
    const empty: string[] = [];
    const foreign: string[] = [];
    for (const { owner, expr } of [...PANEL_EXPRESSIONS, ...RULE_EXPRESSIONS]) {
      if (metricsIn(expr).some((name) => EXPORTERS.has(name))) {
        foreign.push(owner);
        continue;
      }
      const series = await monitoring.ask(withInterval(expr, "10s"), startedMs);
      if (series.length === 0) empty.push(`${owner}: ${expr}`);
    }
    t.diagnostic(`of exporters that are not here: ${[...new Set(foreign)].join(", ")}`);
    assert.deepEqual(empty, []);
  });

  test("what replicas are given can be tuned by it", async () => {
    const seen = await seenReplicas(monitoring.url, 5 / 1440);
    // One has left, and may or may not be seen.
    assert.ok(seen.replicas >= 2, JSON.stringify(seen));
    assert.equal(seen.partitions, 2);
    assert.ok(seen.memoryBytesMax > 50e6 && seen.processors > 0, JSON.stringify(seen));
    assert.ok(seen.threadProcessors > 0 && seen.stateBytesMax > 0, JSON.stringify(seen));
    // No number is what holds where nothing answers. How long rows have waited is luck: they are soon read.
    for (const [name, expr] of questionsOver(5 / 1440)) {
      assert.notEqual(await monitoring.value(expr), null, `${name}: ${expr}`);
    }
    assert.ok(seen.waitedSeconds !== null && seen.tooLateShare < 1, JSON.stringify(seen));
  });

  test("every question of a board has rows in the mart", async () => {
    const client = new pg.Client({ connectionString: mart.connection!.url });
    await client.connect();
    try {
      const [from, to] = [firstMs - SLICE_MS, Date.now()].map((ms) => new Date(ms).toISOString());
      let asked = 0;
      for (const { title, queries } of BOARDS.flatMap(({ rows }) =>
        rows.flatMap((row) => row.panels),
      )) {
        for (const query of queries) {
          if (!("sql" in query)) continue;
          const sql = query.sql.replaceAll(
            /\$__timeFilter\((\w+)\)/g,
            (_, column) => `${column} between '${from}' and '${to}'`,
          );
          const { rows } = await client.query(sql).catch((cause: unknown) => {
            throw new Error(`${title}: ${cause}\n${sql}`);
          });
          // Gold is not made here; the suite of Gold asks these.
          if (/\bgold[._]/.test(sql)) continue;
          assert.ok(rows.length > 0, `${title} has no rows: ${sql}`);
          asked++;
        }
      }
      assert.ok(asked >= 14, `${asked} questions`);
    } finally {
      await client.end();
    }
  });

  test("rows that are late reach somebody through Slack, and the watchdog is heard of", async () => {
    const isPage = ({ path, body }: Receiver["deliveries"][number]) =>
      path === "/slack" && body["channel"] === "#gdelt-pages";
    await until("a page", async () => receiver.deliveries.some(isPage));
    const [page] = receiver.deliveries.filter(isPage);
    const [attachment] = page!.body["attachments"] as readonly Record<string, string>[];
    assert.match(attachment!["title"]!, /^FIRING FreshnessBurn(?:Fast|Medium)$/);
    assert.match(attachment!["text"]!, /of the rows of \w+ break the promise of freshness/);
    assert.match(attachment!["text"]!, /docs\/runbooks\/FreshnessBurn\.md \/d\/gdelt-health/);
    await until("the watchdog", async () =>
      receiver.deliveries.some(({ path }) => path === "/deadman"),
    );
    assert.equal(await monitoring.value("gdelt:healthy"), 0);
  });
});

/** Nobody makes Gold here: the replicas find out when that was by asking the mart. */
async function goldWasMade(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into ops.gold_runs (status, finished_at, lake, events_version, mentions_version,
       slices_closed, days_changed, project) values ('COMPLETE', now(), '', 1, 1, 1, 1, '')`,
  );
  await client.end();
}

/** Where the inspector of a process listens. */
async function addressOf(process: ReplicaProcess): Promise<string> {
  const said = () => /inspector at http:\/\/([\d.:]+)/.exec(process.said)?.[1];
  await until(`the inspector\n${process.said}`, async () => said() !== undefined);
  return said()!;
}
