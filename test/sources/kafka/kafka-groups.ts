import { setTimeout as sleep } from "node:timers/promises";
import { type KafkaLog, openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import type { OwnTopics } from "../../services/own-topics.ts";
import type { GroupsUnderTest, ProcessUnderTest } from "../group-members.ts";
import { AnswerDropper } from "./answer-dropper.ts";

const clock = { nowMs: () => Date.now() };
const settings = { clock, heartbeatIntervalMs: 50, sessionTimeoutMs: 4000 };
let worlds = 0;

export interface KafkaProcess extends ProcessUnderTest {
  readonly log: KafkaLog;
  readonly proxy: AnswerDropper;
}

/** Groups on Kafka with names of their own, and processes that can be silenced. */
export class KafkaGroups implements GroupsUnderTest {
  readonly brokers: readonly string[];
  readonly #prefix: string;
  readonly #logs: KafkaLog[] = [];
  readonly #proxies: AnswerDropper[] = [];

  constructor({ brokers, prefix }: OwnTopics) {
    this.brokers = brokers;
    this.#prefix = `${prefix}${worlds++}.`;
  }

  /** What a group is called there. */
  name(group: string): string {
    return this.#prefix + group;
  }

  async process(options: Partial<KafkaLogOptions> = {}): Promise<KafkaProcess> {
    const proxy = await AnswerDropper.before(this.brokers[0]!);
    const through = this.brokers.length === 1 ? proxy.through : {};
    const log = await openKafkaLog({ brokers: this.brokers, ...settings, ...through, ...options });
    this.#logs.push(log);
    this.#proxies.push(proxy);
    return {
      log,
      proxy,
      groups: { join: (joining) => log.join({ ...joining, group: this.name(joining.group) }) },
      silence: () => {
        proxy.isSilent = true;
      },
      awaken: () => {
        proxy.isSilent = false;
      },
    };
  }

  pass(): Promise<void> {
    return sleep(10);
  }

  async dispose(): Promise<void> {
    for (const proxy of this.#proxies) proxy.isSilent = false;
    await Promise.all(this.#logs.map((log) => log.close()));
  }
}
