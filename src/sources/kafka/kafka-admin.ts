import { ConfigError } from "../../record/errors.ts";
import type { LogAdmin } from "../../runtime/log-admin.ts";
import { noSuchPartition } from "../log-errors.ts";
import type { Cluster } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import { checkCode, ProtocolError } from "./wire/request.ts";

const TIMEOUT_MS = 15_000;

/** What is asked of brokers while an application stands still. */
export class KafkaAdmin implements LogAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async members(group: string): Promise<readonly string[]> {
    const cluster = this.#cluster;
    const { groups } = await cluster.attempt(
      `asking who is in group ${group}`,
      () => cluster.coordinator("group", group),
      ({ requests }) => requests.describeGroups({ groupIds: [group] }),
    );
    return groups.flatMap(({ members }) =>
      members.map(({ memberId, clientHost }) => `${memberId} at ${clientHost.replace("/", "")}`),
    );
  }

  async deleteGroup(group: string): Promise<void> {
    const cluster = this.#cluster;
    await cluster.attempt(
      `deleting group ${group}`,
      () => cluster.coordinator("group", group),
      async ({ requests }) => {
        const { results } = await requests.deleteGroups([group]);
        for (const { errorCode } of results) {
          if (errorCode === CODE.NON_EMPTY_GROUP) {
            throw new ConfigError(`group ${group} has members: stop the processes that run it`);
          }
          if (errorCode !== CODE.GROUP_ID_NOT_FOUND) checkCode(errorCode, `to delete ${group}`);
        }
      },
    );
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if ((await this.#partitions(name)) > 0) await this.#deleteTopic(name);
    }
  }

  async #deleteTopic(name: string): Promise<void> {
    const cluster = this.#cluster;
    await cluster.attempt(
      `deleting topic ${name}`,
      () => cluster.controller(),
      ({ requests }) =>
        requests.deleteTopics({ topics: [name], timeout: TIMEOUT_MS }).catch((error: unknown) => {
          // Deleted by a request of which the answer was lost.
          if (codeOf(error) !== CODE.UNKNOWN_TOPIC_OR_PARTITION) throw error;
        }),
    );
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    const cluster = this.#cluster;
    const before = await this.#partitions(topic);
    if (before === 0) throw noSuchPartition({ topic, partition: 0 });
    if (before >= partitions) return;
    await cluster.attempt(
      `adding partitions to topic ${topic}`,
      () => cluster.controller(),
      ({ requests }) =>
        requests.createPartitions({
          topicPartitions: [{ topic, count: partitions }],
          timeout: TIMEOUT_MS,
        }),
    );
    await cluster.attempt(
      `waiting for the leaders of topic ${topic}`,
      () => cluster.any(),
      async () => {
        const leaders = (await cluster.describe(topic))?.leaders ?? [];
        if (leaders.length >= partitions && leaders.every((leader) => leader >= 0)) return;
        throw new ProtocolError(CODE.LEADER_NOT_AVAILABLE, `topic ${topic}`);
      },
    );
  }

  async #partitions(topic: string): Promise<number> {
    const cluster = this.#cluster;
    const found = await cluster.attempt(
      `looking for topic ${topic}`,
      () => cluster.any(),
      () => cluster.describe(topic),
    );
    return found?.leaders.length ?? 0;
  }
}
