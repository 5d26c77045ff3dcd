import { setTimeout as sleep } from "node:timers/promises";
import { partitionName, type TopicPartition } from "../../record/record-batch.ts";
import type { Log } from "../../runtime/ports.ts";

const LOOK_MS = 500;

/** How far a group of replicas is behind what is published, and waiting for it. */
export class GroupLag {
  readonly #log: Log;
  readonly #group: string;
  readonly #topics: readonly string[];
  readonly #rowsMax: number;
  /** Rows that may still be published before it has to look again. */
  #room = 0;

  /** @param rowsMax rows that may be in the topics and not joined. */
  constructor(log: Log, options: { group: string; topics: readonly string[]; rowsMax: number }) {
    this.#log = log;
    this.#group = options.group;
    this.#topics = options.topics;
    this.#rowsMax = options.rowsMax;
  }

  /** Returns when there is room, or it is to stop. */
  async wait(stop: AbortSignal): Promise<void> {
    while (this.#room <= 0 && !stop.aborted) {
      this.#room = this.#rowsMax - (await this.rows());
      if (this.#room <= 0) await sleep(LOOK_MS, undefined, { signal: stop }).catch(() => {});
    }
  }

  published(rows: number): void {
    this.#room -= rows;
  }

  /** Rows, and marks, that have been published and are not committed by the group. */
  async rows(): Promise<number> {
    const inputs: TopicPartition[] = [];
    for (const topic of this.#topics) {
      const partitions = await this.#log.partitions(topic);
      for (let partition = 0; partition < partitions; partition++)
        inputs.push({ topic, partition });
    }
    const committed = await this.#log.committed(this.#group, inputs);
    let rows = 0;
    for (const at of inputs) {
      const { start, end } = await this.#log.bounds(at);
      rows += end - Math.max(start, committed.get(partitionName(at))?.offset ?? 0);
    }
    return rows;
  }
}
