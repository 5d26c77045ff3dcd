import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type KafkaLog, openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { Cluster } from "../../../src/sources/kafka/wire/cluster.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { ChaosMart } from "../../chaos/world/chaos-mart.ts";
import { storeOf } from "../../s3/store-of.ts";
import { NET, run, succeeds, until } from "../lab-node.ts";
import { SwarmLab } from "../swarm-lab.ts";
import { appImage, IMAGE_VARIABLES, loadLabImages, type VERSIONS } from "./lab-images.ts";
import { LabLoad } from "./lab-load.ts";
import { writeLabStack } from "./lab-stack.ts";

const root = path.join(import.meta.dirname, "../../..");
const NODES = 8;
const STACK = "gdelt";
const BUCKET = "gdelt";
/** Of those that have MinIO. */
const STORES = [4, 5, 6, 7];
const BROKERS = [2, 3, 4].map((node) => `${NET}.${node}:9094`);
const PATIENCE = "9m";
const RUNS_MS_MAX = 300_000;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A task of a service that runs, and where. */
export interface RunningTask {
  readonly name: string;
  readonly node: number;
  readonly container: string;
}

export interface Deploying {
  /** Of the application; the one that runs, if none is named. */
  readonly version?: (typeof VERSIONS)[number];
  readonly replicas?: number;
  /** Changes files of the stack before it is deployed. */
  readonly change?: () => void;
}

/** The stack on a swarm of eight, with what looks at it from outside. */
export class SwarmWorld {
  readonly lab: SwarmLab;
  readonly load: LabLoad;
  readonly folder: string;
  readonly #secrets: string;
  #log: KafkaLog | null = null;
  #cluster: Cluster | null = null;

  private constructor(lab: SwarmLab, folder: string) {
    this.lab = lab;
    this.folder = folder;
    this.#secrets = path.join(folder, "secrets");
    this.load = new LabLoad(path.join(folder, "published"));
  }

  /** Goes on with the swarm that a folder has, or begins one. Nothing is deployed by that. */
  static async open(folder: string): Promise<SwarmWorld> {
    const there = SwarmLab.at(path.join(folder, "nodes"));
    if (there !== null) return new SwarmWorld(there, folder);
    mkdirSync(path.join(folder, "nodes"), { recursive: true });
    const lab = await SwarmLab.up(path.join(folder, "nodes"), NODES);
    await loadLabImages(lab);
    const world = new SwarmWorld(lab, folder);
    await run(path.join(root, "deploy/make-secrets"), [
      world.#secrets,
      "lab.example",
      "http://127.0.0.1:1/",
    ]);
    return world;
  }

  /** `gdelt-streams deploy`, as anybody would. */
  async deploy(action: string, { version, replicas = 6, change }: Deploying = {}): Promise<Ended> {
    const file = path.join(this.folder, "stack/deploy/stack.yml");
    if (action === "apply" || !existsSync(file))
      writeLabStack(path.join(this.folder, "stack"), replicas);
    change?.();
    const where = ["--stack", file, "--name", STACK, "--host", this.lab.manager.host];
    const how = ["--loaded-images", "--any-tree", "--patience", PATIENCE];
    const site = {
      SECRETS: this.#secrets,
      PUBLISHED: this.load.folder,
      DOCKER_GID: "0",
      KAFKA_CLUSTER_ID: "Z2RlbHQtc3RyZWFtcy10ZQ",
    };
    const env = {
      ...process.env,
      ...IMAGE_VARIABLES,
      ...site,
      IMAGE_APP: version === undefined ? await this.#deployedImage() : appImage(version),
    };
    const program = path.join(root, "bin/gdelt-streams.js");
    const startMs = performance.now();
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [program, "deploy", action, ...where, ...how],
        { env },
        (error, stdout, stderr) =>
          resolve({
            code: error === null ? 0 : Number(error.code),
            stdout,
            stderr,
            seconds: Math.round((performance.now() - startMs) / 100) / 10,
          }),
      );
    });
  }

  async #deployedImage(): Promise<string> {
    const format = '{{index .Spec.Labels "com.docker.stack.image"}}';
    const found = await this.docker(
      "service",
      "inspect",
      "--format",
      format,
      `${STACK}_silver`,
    ).catch(() => "");
    return found === "" ? appImage("1") : found;
  }

  /** Waits until no update is under way. */
  async settled(): Promise<void> {
    const state = "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}";
    await until("all updates end", RUNS_MS_MAX, async () => {
      const services = (await this.docker("service", "ls", "--quiet")).split("\n");
      const states = await this.docker("service", "inspect", "--format", state, ...services);
      return !/^(updating|rollback_started)$/m.test(states);
    });
  }

  /** A question to the manager, or an order. */
  docker(...args: string[]): Promise<string> {
    return this.lab.manager.docker(...args);
  }

  /** What runs of one service, or of all, as the swarm tells it. */
  async running(service = ""): Promise<readonly RunningTask[]> {
    const format = "{{.Name}} {{.Node}} {{.ID}} {{.CurrentState}}";
    const text = await this.docker(
      "stack",
      "ps",
      STACK,
      "--no-trunc",
      "--filter",
      "desired-state=running",
      "--format",
      format,
    );
    return text
      .split("\n")
      .map((line) => line.split(" "))
      .filter(
        ([name = "", , , state]) => name.startsWith(`${STACK}_${service}`) && state === "Running",
      )
      .map(([name, node, id]) => ({
        name: name!,
        node: Number(node!.replace("node-", "")),
        container: id!,
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Waits until so many replicas run and say that they are well. */
  async replicasRun(count: number): Promise<void> {
    await until(
      `${count} replicas run`,
      RUNS_MS_MAX,
      async () => (await this.running("silver")).length === count,
    );
  }

  async log(): Promise<KafkaLog> {
    this.#log ??= await openKafkaLog({
      brokers: BROKERS,
      clock: { nowMs: () => Date.now() },
      patienceMs: 60_000,
    });
    return this.#log;
  }

  get cluster(): Cluster {
    this.#cluster ??= new Cluster({
      brokers: BROKERS,
      clientId: "checks",
      ...{ tls: null, sasl: null, openSocket: null, onLog: null },
      ...{ requestTimeoutMs: 10_000, connectTimeoutMs: 10_000, patienceMs: 60_000 },
    });
    return this.#cluster;
  }

  get mart(): ChaosMart {
    return ChaosMart.at(
      `postgres://mart_owner:${this.#secret("mart_owner_password")}@${NET}.6:5432/mart`,
    );
  }

  /** Below a prefix of the bucket, at a node of MinIO that answers. */
  async store(prefix: string): Promise<ObjectStore> {
    for (const node of STORES) {
      const endpoint = `http://${NET}.${node}:9000`;
      const signal = AbortSignal.timeout(2000);
      if (!(await succeeds(fetch(`${endpoint}/minio/health/live`, { signal })))) continue;
      const [accessKey, secretKey] = [
        this.#secret("minio_root_user"),
        this.#secret("minio_root_password"),
      ];
      return storeOf(
        { endpoint, region: "us-east-1", accessKey, secretKey, bucket: BUCKET },
        prefix,
      );
    }
    throw new Error("no node of MinIO answers");
  }

  #secret(name: string): string {
    return readFileSync(path.join(this.#secrets, name), "utf8");
  }

  /** Lets go of the connections; the swarm stays. */
  async close(): Promise<void> {
    await this.#log?.close();
    await this.#cluster?.close();
    [this.#log, this.#cluster] = [null, null];
  }
}
