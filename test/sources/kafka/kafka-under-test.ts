import { after } from "node:test";
import type { AdministeredLog } from "../../../src/runtime/log-admin.ts";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import type { OwnTopics } from "../../services/own-topics.ts";
import { NamespacedLog } from "./namespaced-log.ts";

/** The clock of the program is that of the machine here: brokers have no other. */
const clock = { nowMs: () => Date.now() };

/** Logs of one broker under names of their own, all closed when the tests of the file have run. */
export class KafkaUnderTest {
  readonly #topics: OwnTopics;
  readonly #open: AdministeredLog[] = [];
  #names = 0;

  constructor(topics: OwnTopics) {
    this.#topics = topics;
    after(async () => {
      for (const log of this.#open) await log.close();
    });
  }

  /** A prefix that nobody has had before. */
  name(): string {
    return `${this.#topics.prefix}${this.#names++}.`;
  }

  /** A log with connections of its own: as if it were another process. */
  async open(options: Partial<KafkaLogOptions> = {}): Promise<AdministeredLog> {
    const log = await openKafkaLog({ brokers: this.#topics.brokers, clock, ...options });
    this.#open.push(log);
    return log;
  }

  /** One in which there is nothing yet; `name` to meet others there. */
  async within(name: string, options: Partial<KafkaLogOptions> = {}): Promise<AdministeredLog> {
    return new NamespacedLog(await this.open(options), name);
  }
}
