import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { instanceOf } from "../scripts/services/catalog.ts";
import { createPublishedTopics, openPublisher } from "../src/app/publishing.ts";
import { SLICES_TOPIC } from "../src/gdelt/feeds.ts";
import type { GeneratedSlice } from "../src/ingest/slice-generator/generate-slices.ts";
import type { SlicePublisher } from "../src/ingest/slice-publisher.ts";
import { partitionName, type TopicPartition } from "../src/record/record-batch.ts";
import type { FeedFile } from "../src/sources/feed-file.ts";
import { type KafkaLog, openKafkaLog } from "../src/sources/kafka/kafka-log.ts";
import type { S3ObjectStore } from "../src/state/s3/s3-object-store.ts";
import { allDone } from "../test/replicas/all-done.ts";
import { ReplicaProcess } from "../test/replicas/replica-process.ts";
import { storeOf } from "../test/s3/store-of.ts";
import { kafkaTool } from "../test/services/kafka-tools.ts";
import type { OwnBucket } from "../test/services/own-bucket.ts";
import { service } from "../test/services/service.ts";

export const FEEDS = ["events", "mentions", "gkg"];
const RETENTION_MS = 8 * 24 * 3_600_000;

/** What tasks write, and `raw`, what a publisher does. */
const WRITTEN = [
  "gdelt.mentions-by-event-repartition",
  "gdelt.silver.events",
  "gdelt.silver.mentions",
  "gdelt.lifecycle",
];
const RAW = [...FEEDS.map((feed) => `gdelt.${feed}`), SLICES_TOPIC, "gdelt.dead-letters"];

export type Lines = Readonly<Record<string, string | number>>;

/**
 * Replicas on a broker and a bucket of their own (`npm run services -- start kafka minio`), each a
 * process as an operator runs it. Topics have fixed names: one of these at a time on a broker.
 */
export class ReplicaBench {
  readonly log: KafkaLog;
  readonly folder: string;
  readonly bucket: OwnBucket;
  readonly partitions: number;
  readonly #broker: string;
  readonly #lines: Lines;
  readonly #started: ReplicaProcess[] = [];

  private constructor(log: KafkaLog, broker: string, bucket: OwnBucket, lines: Lines) {
    this.log = log;
    this.bucket = bucket;
    this.#broker = broker;
    this.#lines = lines;
    this.partitions = Number(lines["partitions"] ?? 4);
    this.folder = mkdtempSync(path.join(tmpdir(), "gdelt-streams-bench-"));
  }

  /** Deletes the topics that an earlier one has left, unless it is to go on in the bucket of that. */
  static async open(lines: Lines = {}, bucket: string | null = null): Promise<ReplicaBench> {
    const [kafka, minio] = [await service("kafka"), await service("minio")];
    if (kafka.connection === null) throw new Error(kafka.skip);
    if (minio.connection === null) throw new Error(minio.skip);
    const { brokers } = kafka.connection;
    const log = await openKafkaLog({ brokers, clock: { nowMs: () => Date.now() } });
    const own = { ...minio.connection, ...(bucket !== null && { bucket }) };
    const bench = new ReplicaBench(log, brokers.join(","), own, lines);
    if (bucket === null) await bench.deleteTopics([...RAW, ...WRITTEN]);
    return bench;
  }

  /** What tasks have written is forgotten; what was published stays. */
  forgetWork(): Promise<void> {
    return this.deleteTopics(WRITTEN);
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    const at = ["--bootstrap-server", this.#broker];
    const there = (await kafkaTool("TopicCommand", [...at, "--list"])).split("\n");
    for (const topic of topics.filter((name) => there.includes(name))) {
      await kafkaTool("TopicCommand", [...at, "--delete", "--topic", topic]);
    }
  }

  /** `run` with a state folder of that name; `lines` count for more than those of the bench. */
  replica(
    name: string,
    lines: Lines = {},
    environment: Readonly<Record<string, string>> = {},
  ): ReplicaProcess {
    const all = { ...this.#lines, ...lines };
    const application = all["application.id"] ?? "gdelt-silver";
    const place = `s3://${this.bucket.bucket}/${application}`;
    const config = path.join(this.folder, `${name}.yaml`);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(
      config,
      stringify({
        "bootstrap.servers": this.#broker,
        "checkpoint.store": `${place}/checkpoints`,
        "lake.location": `${place}/lake`,
        "s3.endpoint": this.bucket.endpoint,
        "s3.region": this.bucket.region,
        "s3.access.key": this.bucket.accessKey,
        "s3.secret.key": this.bucket.secretKey,
        "state.dir": this.stateOf(name),
        ...all,
      }),
    );
    const replica = new ReplicaProcess(["run", "--config", config], environment);
    this.#started.push(replica);
    return replica;
  }

  stateOf(name: string): string {
    return path.join(this.folder, name);
  }

  /** Where an application has its tables and its checkpoints. */
  store(application: string, what: "lake" | "checkpoints"): S3ObjectStore {
    return storeOf(this.bucket, `${application}/${what}`);
  }

  async publisher(): Promise<SlicePublisher> {
    const publishing = { feeds: FEEDS, partitions: this.partitions, retentionMs: RETENTION_MS };
    await createPublishedTopics(this.log, publishing);
    return openPublisher(this.log, publishing, { nowMs: () => Date.now() });
  }

  /** The inputs of the tasks, those of tables not. */
  get inputs(): TopicPartition[] {
    const topics = [...RAW.slice(0, 3), WRITTEN[0]!];
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    return topics.flatMap((topic) => all.map((partition) => ({ topic, partition })));
  }

  /** Whether the tasks have committed the end of each input. */
  async tasksDone(application: string): Promise<boolean> {
    const committed = await this.log.committed(`${application}-1`, this.inputs);
    for (const at of this.inputs) {
      const { end } = await this.log.bounds(at);
      if (end === 0 || (committed.get(partitionName(at))?.offset ?? 0) < end) return false;
    }
    return true;
  }

  tablesDone(application: string): Promise<boolean> {
    return allDone(this.log, this.store(application, "lake"), application);
  }

  /** Process ids of the servers. */
  async servers(): Promise<{ broker: number; minio: number }> {
    const [kafka, minio] = [instanceOf("kafka"), instanceOf("minio")];
    const pidOf = (state: Awaited<ReturnType<typeof kafka.running>>) => state?.servers[0]?.pid ?? 0;
    return { broker: pidOf(await kafka.running()), minio: pidOf(await minio.running()) };
  }

  async close(): Promise<void> {
    for (const { child } of this.#started) child.kill("SIGKILL");
    await Promise.all(this.#started.map(({ ended }) => ended));
    await this.log.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A generated slice goes to the topics without having been a file. */
export async function publishGenerated(
  publisher: SlicePublisher,
  { sliceMs, stamp, feeds }: GeneratedSlice,
): Promise<void> {
  const files = new Map([...feeds.keys()].map((feed) => [feed, `${stamp}.${feed}`]));
  const contents = new Map([...feeds].map(([feed, bytes]) => [`${stamp}.${feed}`, bytes]));
  const read = async (name: string): Promise<FeedFile> => {
    const bytes = contents.get(name)!;
    return { name, bytes, checksum: `sha:${name}`, fileBytes: bytes.length };
  };
  await publisher.publish({ sliceMs, stamp, files }, read);
}

/** Asks until it is so; how long that took, ms. */
export async function timedUntil(
  isSo: () => boolean | Promise<boolean>,
  { everyMs = 50, msMax = 600_000, what = "it" } = {},
): Promise<number> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > msMax) throw new Error(`${what}: not after ${msMax} ms`);
    await sleep(everyMs);
  }
  return performance.now() - startMs;
}

export function writeResult(name: string, result: unknown): void {
  const text = `${JSON.stringify(result, null, 2)}\n`;
  const results = path.join(import.meta.dirname, "results");
  mkdirSync(results, { recursive: true });
  writeFileSync(path.join(results, `${name}.json`), text);
  process.stdout.write(text);
}
