import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { Cluster } from "../../../src/sources/kafka/wire/cluster.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { FaultProxy } from "../../s3/fault-proxy.ts";
import { storeOf } from "../../s3/store-of.ts";
import type { OwnBucket } from "../../services/own-bucket.ts";
import type { ResourceSample } from "../evidence.ts";
import { countTasks } from "../gather/known-tasks.ts";
import { Brokers } from "./brokers.ts";
import type { ChaosMart } from "./chaos-mart.ts";
import { Replica } from "./replica.ts";
import { SeenManifests } from "./seen-manifests.ts";
import { type Death, SupervisedProcess } from "./supervised-process.ts";

export interface WorldSpec {
  readonly nodes: number;
  readonly replicas: number;
  /** Whether replicas reach the brokers through the proxies. */
  readonly way: "direct" | "proxied";
  /** Lines of the configuration, besides those of every run. */
  readonly settings: readonly string[];
  readonly mart: ChaosMart | null;
  readonly bucket: OwnBucket;
  /** Within the bucket, for this world alone. */
  readonly prefix: string;
  /** A folder which is there, and is the caller's to delete. */
  readonly scratch: string;
}

export const PARTITIONS = 2;
export const SESSION_MS = 4000;
const SAMPLE_MS = 1000;

/** All that a run needs: brokers, a bucket, replicas and a producer, each of which can be disturbed. */
export class ChaosWorld {
  readonly brokers: Brokers;
  readonly replicas: readonly Replica[];
  /** Follows the folder `published`. */
  readonly feed: SupervisedProcess;
  readonly published: string;
  /** Reads the topics, past the proxies. */
  readonly log: KafkaLog;
  readonly cluster: Cluster;
  readonly lake: ObjectStore;
  readonly checkpoints: ObjectStore;
  readonly manifests: SeenManifests;
  readonly samples: ResourceSample[] = [];
  readonly scratch: string;
  readonly mart: ChaosMart | null;
  readonly #sampling: NodeJS.Timeout;

  private constructor(
    { bucket, prefix, scratch, mart }: WorldSpec,
    brokers: Brokers,
    log: KafkaLog,
    replicas: readonly Replica[],
    manifests: SeenManifests,
  ) {
    this.scratch = scratch;
    this.mart = mart;
    this.brokers = brokers;
    this.log = log;
    this.replicas = replicas;
    this.manifests = manifests;
    this.published = join(scratch, "published");
    const args = ["feed", "--config", configFile(scratch), "--json"];
    this.feed = new SupervisedProcess("feed", args, {
      GDELT_STREAMS_CLIENT_ID: "feed",
      GDELT_STREAMS_S3_SECRET_KEY_FILE: join(scratch, "secret"),
    });
    this.lake = storeOf(bucket, `${prefix}/lake`);
    this.checkpoints = storeOf(bucket, `${prefix}/checkpoints`);
    this.cluster = new Cluster({
      brokers: brokers.addresses("direct"),
      clientId: "checks",
      tls: null,
      sasl: null,
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      openSocket: null,
      onLog: null,
      patienceMs: 60_000,
    });
    this.#sampling = setInterval(() => void this.#sample(), SAMPLE_MS);
  }

  /** Nothing but the brokers and proxies runs when it returns. */
  static async open(spec: WorldSpec): Promise<ChaosWorld> {
    const { bucket, scratch } = spec;
    const brokers = await Brokers.start(spec.nodes);
    await mkdir(join(scratch, "published"), { recursive: true });
    await writeFile(join(scratch, "secret"), `${bucket.secretKey}\n`);
    await writeFile(configFile(scratch), configuration(spec, brokers));
    const manifests = new SeenManifests();
    const replicas: Replica[] = [];
    for (let number = 1; number <= spec.replicas; number++) {
      const store = await FaultProxy.start(bucket.endpoint);
      replicas.push(replicaOf(`replica-${number}`, scratch, store));
    }
    const log = await openKafkaLog({
      brokers: brokers.addresses("direct"),
      clock: { nowMs: () => Date.now() },
      patienceMs: 60_000,
    });
    const world = new ChaosWorld(spec, brokers, log, replicas, manifests);
    world.heal();
    return world;
  }

  /** Nothing is disturbed any more, but what is down is still down. */
  heal(): void {
    for (const proxy of this.brokers.proxies) proxy.judge = null;
    for (const { store } of this.replicas) {
      store.spoiled = () => {};
      this.disturbStore(store, () => null);
    }
  }

  /** What befalls the requests to the store of one replica; manifests are noted all the same. */
  disturbStore(store: FaultProxy, faultOf: FaultProxy["faultOf"]): void {
    store.faultOf = (method, path, body) => {
      if (method === "PUT") this.manifests.put(path, body);
      return faultOf(method, path, body);
    };
  }

  /** Of replicas and the producer, without having been asked to. */
  get deaths(): readonly Death[] {
    return [...this.replicas.map(({ process }) => process), this.feed].flatMap(
      ({ deaths }) => deaths,
    );
  }

  /** All replicas are running, and each task is at one of them. */
  get allRun(): boolean {
    const tasks = this.replicas.flatMap(({ process }) => process.tasks);
    const count = countTasks(PARTITIONS, this.mart !== null);
    const isShared = tasks.length === count && new Set(tasks).size === count;
    return isShared && this.replicas.every(({ isRunning }) => isRunning);
  }

  /** Kills what runs; evidence is gathered before. */
  async close(): Promise<void> {
    clearInterval(this.#sampling);
    await this.feed.kill();
    for (const { process } of this.replicas) await process.kill();
    for (const { store } of this.replicas) await store.stop();
    await this.cluster.close();
    await this.log.close();
    await this.brokers.stop();
    await this.mart?.drop();
    await rm(this.scratch, { recursive: true });
  }

  async #sample(): Promise<void> {
    const samples = await Promise.all(this.replicas.map((replica) => replica.sample()));
    this.samples.push(...samples.filter((sample) => sample !== null));
  }
}

const configFile = (scratch: string): string => join(scratch, "config.yaml");

function replicaOf(name: string, scratch: string, store: FaultProxy): Replica {
  const process = new SupervisedProcess(name, ["run", "--config", configFile(scratch)], {
    GDELT_STREAMS_CLIENT_ID: name,
    GDELT_STREAMS_STATE_DIR: join(scratch, "state", name),
    GDELT_STREAMS_S3_ENDPOINT: store.url,
    GDELT_STREAMS_S3_SECRET_KEY_FILE: join(scratch, "secret"),
  });
  return new Replica(name, store, process);
}

/** Everything happens soon, so that a run is short: sessions, transactions, commits. */
function configuration(spec: WorldSpec, brokers: Brokers): string {
  const { way, settings, mart, bucket, prefix, scratch } = spec;
  const lines = [
    `bootstrap.servers: "${brokers.addresses(way).join(",")}"`,
    `partitions: ${PARTITIONS}`,
    `checkpoint.store: s3://${bucket.bucket}/${prefix}/checkpoints`,
    `lake.location: s3://${bucket.bucket}/${prefix}/lake`,
    // The topics have every revision: so have the tables, as long as nobody compacts them.
    "upkeep.enabled: false",
    `s3.region: ${bucket.region}`,
    `s3.access.key: ${bucket.accessKey}`,
    `session.timeout.ms: ${SESSION_MS}`,
    "heartbeat.interval.ms: 500",
    "request.timeout.ms: 2000",
    "default.api.timeout.ms: 10000",
    "transaction.timeout.ms: 10000",
    "commit.interval.ms: 300",
    "table.commit.interval.ms: 1000",
    `feed.source: ${join(scratch, "published")}`,
    "feed.poll.interval: 200ms",
    "feed.missing.after: 1s",
    ...settings,
    ...(mart === null ? [] : [`mart.url: ${mart.url}`]),
  ];
  return `${lines.join("\n")}\n`;
}
