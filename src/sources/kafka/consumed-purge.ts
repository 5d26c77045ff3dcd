import type { Clock } from "../../record/clock.ts";
import { partitionName, type TopicPartition } from "../../record/record-batch.ts";
import type { OffsetCommit } from "../../runtime/ports.ts";
import type { Cluster } from "./wire/cluster.ts";

/**
 * Deletes what has been consumed of topics that keep nothing else: up to the least position that a
 * group has committed through this log. Another process that reads such a topic with a group of its
 * own is not known here, and may lose rows.
 */
export class ConsumedPurge {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #topics = new Set<string>();
  /** Of each partition the positions by group, and up to where it has been deleted. */
  readonly #partitions = new Map<
    string,
    { readonly at: TopicPartition; readonly groups: Map<string, number>; deletedTo: number }
  >();
  #lastMs: number;
  #running: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, clock: Clock, intervalMs: number) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#lastMs = clock.nowMs();
  }

  watch(topic: string): void {
    this.#topics.add(topic);
  }

  /** The topic is about to be deleted. */
  forget(topic: string): void {
    this.#topics.delete(topic);
    for (const [name, { at }] of this.#partitions) {
      if (at.topic === topic) this.#partitions.delete(name);
    }
  }

  /** Positions of a group are final. Now and then what lies before them is deleted. */
  committed(positions: readonly { readonly group: string; readonly at: OffsetCommit }[]): void {
    for (const { group, at } of positions) {
      const { topic, partition, offset } = at;
      if (!this.#topics.has(topic)) continue;
      const name = partitionName(at);
      const known = this.#partitions.get(name) ?? {
        at: { topic, partition },
        groups: new Map(),
        deletedTo: 0,
      };
      known.groups.set(group, offset);
      this.#partitions.set(name, known);
    }
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lastMs < this.#intervalMs) return;
    this.#lastMs = nowMs;
    // What cannot be deleted now will be the next time.
    this.#running = this.#running.then(() => this.#purge()).catch(() => {});
  }

  /** Waits for what has begun. */
  close(): Promise<void> {
    return this.#running;
  }

  async #purge(): Promise<void> {
    for (const known of this.#partitions.values()) {
      const { at, groups, deletedTo } = known;
      const offset = Math.min(...groups.values());
      if (offset <= deletedTo) continue;
      const { topic, partition } = at;
      await this.#cluster.attempt(
        `deleting what has been consumed of ${partitionName(at)}`,
        () => this.#cluster.leader(at),
        ({ requests }) =>
          requests.deleteRecords({
            topics: [{ topic, partitions: [{ partition, offset: `${offset}` }] }],
          }),
      );
      known.deletedTo = offset;
    }
  }
}
