import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { alertmanagerSoftware } from "../../../scripts/services/alertmanager.ts";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { freePorts } from "../../../scripts/services/ports.ts";
import { postgres } from "../../../scripts/services/postgres.ts";
import { prometheusSoftware } from "../../../scripts/services/prometheus.ts";
import { endProcess, thisProcess } from "../../../scripts/services/running-process.ts";
import { feedNamed, SLICE_MS, sliceFileName, stampOf } from "../../../src/gdelt/feeds.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import type { GatheredState } from "../../../src/inspector/peers/gathering.ts";
import type { Problem } from "../../../src/inspector/problem.ts";
import { withoutPrograms } from "../../app/inspector/promtool.ts";
import { ReplicaProcess } from "../../replicas/replica-process.ts";
import { ownInstance } from "../../services/own-instance.ts";
import { Monitoring } from "../prometheus.ts";
import { Receiver } from "../receiver.ts";
import { until } from "../until.ts";

/** Whoever has to know of a fault knows of it by then, s. */
const KNOWN_S_MAX = 60;

const cluster = kafkaCluster(1);
const skip =
  (!(await cluster.software.isInstalled()) && "Kafka is not installed") ||
  (!(await postgres.software.isInstalled()) && "Postgres is not installed") ||
  (await withoutPrograms(prometheusSoftware)) ||
  (await withoutPrograms(alertmanagerSoftware));

const kafka = ownInstance("kafka-faults");
const database = ownInstance("postgres-faults");
/** Nothing is overdue: the first has just come, and those that follow are ahead of their time. */
const firstMs = Math.floor(Date.now() / SLICE_MS) * SLICE_MS;

/** Alerts of the faults that are made here. */
const FAULTS = ["SliceMissing", "DlqSurge", "ReplicaDown", "MartDown"] as const;

/** With the intervals of Prometheus and the waits of Alertmanager that are deployed. */
describe("faults, and how soon they are known", { skip, timeout: 400_000 }, () => {
  let scratch: string;
  let monitoring: Monitoring;
  let receiver: Receiver;
  let two: ReplicaProcess;
  let runTwo: () => ReplicaProcess;
  let feed: ReplicaProcess;
  let inspector: string;
  const started: ReplicaProcess[] = [];

  const run = (args: readonly string[], environment = {}) => {
    const process = new ReplicaProcess(args, environment);
    started.push(process);
    return process;
  };

  const state = async () => {
    const answer = await fetch(`${inspector}/topology/state`);
    return (await answer.json()) as GatheredState;
  };
  const problems = async () => (await state()).instances.flatMap((one) => one.problems);
  const hasProblem = async (kind: string) =>
    (await problems()).some((problem) => problem.kind === kind);
  const isUnreachable = async () =>
    (await state()).instances.some((instance) => instance.state === "UNREACHABLE");

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-faults-"));
    const [{ ports }, { ports: martPorts }] = await Promise.all([
      kafka.start(cluster, await thisProcess()),
      database.start(postgres, await thisProcess()),
    ]);
    const inspectors = await freePorts(2);
    const config = join(scratch, "config.yaml");
    const settings = [
      `bootstrap.servers: ${cluster.endpoint(ports)}`,
      "partitions: 2",
      `checkpoint.store: ${join(scratch, "checkpoints")}`,
      `lake.location: ${join(scratch, "lake")}`,
      `feed.source: ${join(scratch, "slices")}`,
      "feed.poll.interval: 1s",
      "feed.missing.after: 5s",
      "table.commit.interval.ms: 1000",
      `inspector.peers: ${inspectors.map((port) => `http://127.0.0.1:${port}`).join(",")}`,
      "inspector.replicas: 2",
    ];
    await writeFile(config, settings.join("\n"));
    await mkdir(join(scratch, "slices"));
    receiver = await Receiver.open();
    const replica = (port: number) => () =>
      run(["run", "--config", config], {
        GDELT_STREAMS_STATE_DIR: join(scratch, `state-${port}`),
        GDELT_STREAMS_INSPECTOR_ADDRESS: `127.0.0.1:${port}`,
        GDELT_STREAMS_MART_URL: postgres.endpoint(martPorts),
      });
    const one = replica(inspectors[0]!)();
    runTwo = replica(inspectors[1]!);
    two = runTwo();
    feed = run([
      ...["feed", "--config", config, "--from", stampOf(firstMs), "--json"],
      ...["--inspector", "127.0.0.1:0"],
    ]);
    inspector = `http://127.0.0.1:${inspectors[0]}`;
    const feedAddress = () => /inspector at http:\/\/([\d.:]+)/.exec(feed.said)?.[1];
    await until(
      () => `two replicas and the producer\n${one.said}${feed.said}`,
      async () =>
        one.states.at(-1) === "RUNNING" &&
        two.states.at(-1) === "RUNNING" &&
        feedAddress() !== undefined,
    );
    const targets = [...inspectors.map((port) => `127.0.0.1:${port}`), feedAddress()!];
    monitoring = await Monitoring.start(scratch, targets, receiver.url, "deployed");
    await put(0);
    await until("a slice in the tables", async () => {
      const inputs = (await state()).instances.flatMap(({ threads }) =>
        threads.flatMap(({ tasks }) => tasks.flatMap((task) => task.inputs)),
      );
      const read = inputs.filter(({ watermark }) => watermark !== null);
      return read.length > 0 && inputs.every(({ lagRecords }) => lagRecords === 0);
    });
    // Two scrapes: what is counted from now on is an increase.
    await until("all targets have been scraped", async () => {
      const scrapes = 'min(count_over_time(up{job="gdelt-streams"}[1m]))';
      return ((await monitoring.value(scrapes)) ?? 0) >= 2;
    });
  });

  after(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await monitoring?.stop();
    receiver?.close();
    await rm(scratch, { recursive: true });
  });

  /** The files of a slice come into the folder, all or some, as they are or changed. */
  async function put(
    slice: number,
    change: (feed: string, content: Buffer) => Buffer | null = same,
  ) {
    const sliceMs = firstMs + slice * SLICE_MS;
    const stream = new SliceStream({ seed: 7, startMs: firstMs, eventsPerSlice: 60 });
    const [made] = [...stream.slices(slice + 1)].slice(slice);
    for (const [name, content] of made!.feeds) {
      const bytes = change(name, content);
      if (bytes === null) continue;
      const file = sliceFileName(feedNamed(name), sliceMs, { zipped: false });
      await writeFile(join(scratch, file), bytes);
      await rename(join(scratch, file), join(scratch, "slices", file));
    }
  }

  /** Waits until it is so, a minute and more; seconds since `fromMs`. */
  async function knownAfter(fromMs: number, what: string, isSo: () => Promise<boolean>) {
    await until(what, isSo);
    return (Date.now() - fromMs) / 1000;
  }

  const alertAfter = async (fromMs: number, alert: (typeof FAULTS)[number]) => {
    await until(`alert ${alert}`, async () => receiver.toldOf(alert) !== null);
    return (receiver.toldOf(alert)! - fromMs) / 1000;
  };

  test("nobody is told of a fault while there is none", async () => {
    assert.deepEqual(await problems(), []);
    assert.deepEqual(
      FAULTS.filter((alert) => receiver.toldOf(alert) !== null),
      [],
    );
  });

  test("a malformed feed, and a slice that lacks one", async (t) => {
    const malformedMs = Date.now();
    // Rows without a single tab: none of them can be read.
    await put(1, (name, bytes) =>
      name === "mentions" ? Buffer.from(bytes.toString().replaceAll("\t", " ")) : bytes,
    );
    await put(2, (name, bytes) => (name === "gkg" ? null : bytes));
    await put(3);
    const declared = () => /"status":"missing"/.test(feed.said);
    const [page, [missingMs, missingPage]] = await Promise.all([
      knownAfter(malformedMs, "rows on the page", () => hasProblem("rows_unreadable")),
      (async () => {
        await until("the producer declares it missing", async () => declared());
        const fromMs = Date.now();
        const shown = await knownAfter(fromMs, "a slice on the page", () =>
          hasProblem("slice_missing"),
        );
        return [fromMs, shown] as const;
      })(),
    ]);
    const alert = await alertAfter(malformedMs, "DlqSurge");
    const missingAlert = await alertAfter(missingMs, "SliceMissing");
    report(t, "a malformed feed", { page, alert });
    report(t, "a missing slice, since it was declared missing", {
      page: missingPage,
      alert: missingAlert,
    });
  });

  test("a killed replica, and Postgres down, at the same time", async (t) => {
    const { servers } = (await database.running())!;
    const fromMs = Date.now();
    two.child.kill("SIGKILL");
    await endProcess(servers[0]!, "SIGINT", 10_000);
    const [replicaPage, martPage] = await Promise.all([
      knownAfter(fromMs, "the replica on the page", isUnreachable),
      knownAfter(fromMs, "the mart on the page", () => hasProblem("mart_down")),
    ]);
    const replicaAlert = await alertAfter(fromMs, "ReplicaDown");
    const martAlert = await alertAfter(fromMs, "MartDown");
    report(t, "a killed replica", { page: replicaPage, alert: replicaAlert });
    report(t, "Postgres down", { page: martPage, alert: martAlert });
  });

  test("a table that cannot be written is named with its reason", async () => {
    await put(4);
    const isRefused = ({ kind, about, reason }: Problem) =>
      kind === "table_failing" &&
      /-mart \(\d+_\d+\)$/.test(about) &&
      /cannot be reached: ECONNREFUSED/.test(reason);
    await until("a table of the mart on the page", async () => (await problems()).some(isRefused));
  });

  test("what is mended is gone from the page, and its alerts end", async (t) => {
    const fromMs = Date.now();
    await database.restart(postgres);
    two = runTwo();
    const gkg = (name: string, bytes: Buffer) => (name === "gkg" ? bytes : null);
    await put(2, gkg);
    const gone = async (kind: string) => !(await hasProblem(kind));
    const mended = await Promise.all([
      knownAfter(fromMs, "the mart is back", () => gone("mart_down")),
      knownAfter(fromMs, "the tables are written", () => gone("table_failing")),
      knownAfter(fromMs, "the slice has its file", () => gone("slice_missing")),
      knownAfter(fromMs, "the replica is back", async () => !(await isUnreachable())),
    ]);
    await until("alerts end", async () => {
      const firing =
        'count(ALERTS{alertstate="firing",alertname=~"ReplicaDown|MartDown|GetsNowhere"}) or vector(0)';
      return (await monitoring.value(firing)) === 0;
    });
    t.diagnostic(
      `mended: gone from the page after ${mended.map((s) => s.toFixed(1)).join(", ")} s`,
    );
  });
});

const same = (_feed: string, content: Buffer): Buffer | null => content;

/** Says how many seconds it took, and holds them against what was promised. */
function report(
  t: { diagnostic(message: string): void },
  fault: string,
  seconds: { readonly page: number; readonly alert: number },
): void {
  const { page, alert } = seconds;
  t.diagnostic(`${fault}: page ${page.toFixed(1)} s, alert delivered ${alert.toFixed(1)} s`);
  assert.ok(page <= KNOWN_S_MAX && alert <= KNOWN_S_MAX, `${fault}: ${page} s, ${alert} s`);
}
