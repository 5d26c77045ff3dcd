import { ConfigError } from "../../record/errors.ts";
import type { TopicSpec } from "../../runtime/ports.ts";
import { checkTopic } from "../log-errors.ts";
import type { Cluster } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import { ProtocolError } from "./wire/request.ts";

export interface TopicSettings {
  /** null: three, or as many as there are brokers. */
  readonly replicationFactor: number | null;
  /** Of one record, and of a batch of them: the topic's `max.message.bytes`. */
  readonly recordBytesMax: number;
}

const TOPIC = 2;
const CREATE_TIMEOUT_MS = 15_000;
const REPLICAS_MAX = 3;

/**
 * Kafka begins a new segment when times in the old one lie further apart than this, and drops a
 * segment when the newest time in it is past retention. Rows may be of long ago, while the marks of
 * transactions are of now. In one segment a mark keeps the rows beside it for as long as they would
 * be kept if they were of now; with a limit of a week every transaction begins a segment, and one
 * that holds rows only is dropped at once.
 */
const SEGMENT_MS = Number.MAX_SAFE_INTEGER;

/** Only whole segments are deleted behind a reader. */
const CONSUMED_SEGMENT_BYTES = 64 << 20;

/** Creates topics, and checks that those which exist can do what is asked of them. */
export class KafkaTopics {
  readonly #cluster: Cluster;
  readonly #settings: TopicSettings;

  constructor(cluster: Cluster, settings: TopicSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** @throws ConfigError when one cannot be created, or exists and disagrees; then none is. */
  async create(specs: readonly TopicSpec[]): Promise<void> {
    const missing = await this.#missing(specs);
    if (missing.length === 0) return;
    try {
      await this.#request(missing, true);
      await this.#request(missing, false);
    } catch (error) {
      // Somebody else has created one of them: then it has to agree, like any other.
      if (codeOf((error as Error).cause) !== CODE.TOPIC_ALREADY_EXISTS) throw error;
      return this.create(specs);
    }
    for (const spec of missing) await this.#awaitLeaders(spec);
  }

  /** How many partitions a topic has; 0 when there is no such topic. */
  async partitions(name: string): Promise<number> {
    const { leaders } = (await this.#describe(name)) ?? { leaders: [] };
    return leaders.length;
  }

  async #describe(name: string) {
    const cluster = this.#cluster;
    return cluster.attempt(
      `looking for topic ${name}`,
      () => cluster.any(),
      () => cluster.describe(name),
    );
  }

  async #missing(specs: readonly TopicSpec[]): Promise<TopicSpec[]> {
    const missing = new Map<string, TopicSpec>();
    const existing: TopicSpec[] = [];
    for (const spec of specs) {
      const found = await this.#describe(spec.name);
      checkTopic(spec, found?.leaders.length ?? missing.get(spec.name)?.partitions);
      if (found) existing.push(spec);
      else missing.set(spec.name, spec);
    }
    if (existing.length > 0) await this.#checkSettings(existing);
    return [...missing.values()];
  }

  async #checkSettings(specs: readonly TopicSpec[]): Promise<void> {
    const cluster = this.#cluster;
    const { resources } = await cluster.attempt(
      "reading the settings of topics",
      () => cluster.any(),
      ({ requests }) =>
        requests.describeConfigs({
          resources: specs.map(({ name }) => ({ type: TOPIC, name, configNames: CHECKED })),
        }),
    );
    for (const spec of specs) {
      const resource = resources.find(({ resourceName }) => resourceName === spec.name);
      const settings = new Map(
        resource?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
      );
      checkSettings(spec, settings, this.#settings.recordBytesMax);
    }
  }

  async #request(specs: readonly TopicSpec[], validateOnly: boolean): Promise<void> {
    const cluster = this.#cluster;
    const names = specs.map(({ name }) => name).join(", ");
    const replicationFactor = await this.#replicationFactor();
    await cluster.attempt(
      `creating the topics ${names}`,
      () => cluster.controller(),
      ({ requests }) =>
        requests.createTopics({
          topics: specs.map((spec) => ({
            topic: spec.name,
            numPartitions: spec.partitions,
            replicationFactor,
            configEntries: this.#configEntries(spec, replicationFactor),
          })),
          validateOnly,
          timeout: CREATE_TIMEOUT_MS,
        }),
    );
  }

  async #replicationFactor(): Promise<number> {
    const cluster = this.#cluster;
    const size = () => cluster.size();
    return (
      this.#settings.replicationFactor ??
      Math.min(REPLICAS_MAX, await cluster.attempt("counting brokers", () => cluster.any(), size))
    );
  }

  #configEntries({ retention }: TopicSpec, replicationFactor: number) {
    return Object.entries({
      "cleanup.policy": "delete",
      "retention.ms": typeof retention === "number" ? `${Math.ceil(retention)}` : "-1",
      "retention.bytes": "-1",
      "segment.ms": `${SEGMENT_MS}`,
      ...(retention === "consumed" && { "segment.bytes": `${CONSUMED_SEGMENT_BYTES}` }),
      "max.message.bytes": `${this.#settings.recordBytesMax}`,
      "message.timestamp.type": "CreateTime",
      // One of three brokers may be away, and what was committed is on two disks all the same.
      "min.insync.replicas": replicationFactor >= REPLICAS_MAX ? "2" : "1",
    }).map(([name, value]) => ({ name, value }));
  }

  async #awaitLeaders({ name, partitions }: TopicSpec): Promise<void> {
    const cluster = this.#cluster;
    await cluster.attempt(
      `waiting for the leaders of topic ${name}`,
      () => cluster.any(),
      async () => {
        const found = await cluster.describe(name);
        if (found?.leaders.length === partitions && found.leaders.every((leader) => leader >= 0)) {
          return;
        }
        throw new ProtocolError(CODE.LEADER_NOT_AVAILABLE, `topic ${name}`);
      },
    );
  }
}

const CHECKED = [
  "cleanup.policy",
  "retention.ms",
  "segment.ms",
  "max.message.bytes",
  "message.timestamp.type",
];

function checkSettings(
  { name, retention }: TopicSpec,
  settings: ReadonlyMap<string, string | null>,
  recordBytesMax: number,
): void {
  const number = (setting: string) => Number(settings.get(setting));
  const keptMs = number("retention.ms") < 0 ? Number.POSITIVE_INFINITY : number("retention.ms");
  const neededMs = typeof retention === "number" ? retention : Number.POSITIVE_INFINITY;
  const refuse = (setting: string, needed: string): never => {
    throw new ConfigError(
      `topic ${name} exists with ${setting}=${settings.get(setting)}, and needs ${needed}: ` +
        "change it with kafka-configs, or use topics of another name",
    );
  };
  if (settings.get("cleanup.policy") !== "delete") refuse("cleanup.policy", "delete");
  if (settings.get("message.timestamp.type") !== "CreateTime") {
    refuse("message.timestamp.type", "CreateTime, or the times of the rows are lost");
  }
  if (keptMs < neededMs) {
    refuse("retention.ms", neededMs === Number.POSITIVE_INFINITY ? "-1" : `${neededMs} or more`);
  }
  if (number("segment.ms") < SEGMENT_MS) {
    refuse("segment.ms", `${SEGMENT_MS}, or rows of long ago are dropped unread`);
  }
  if (number("max.message.bytes") < recordBytesMax) {
    refuse("max.message.bytes", `${recordBytesMax} or more (or set recordBytesMax lower)`);
  }
}
