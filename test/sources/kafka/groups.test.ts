import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type KafkaLog, openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { service } from "../../services/service.ts";
import type { GroupsUnderTest } from "../group-members.ts";
import { groupSuite } from "../group-suite.ts";
import { AnswerDropper } from "./answer-dropper.ts";

const { connection, skip } = await service("kafka");

const clock = { nowMs: () => Date.now() };
const settings = { clock, heartbeatIntervalMs: 50, sessionTimeoutMs: 4000 };
let worlds = 0;

/** Groups with names of their own, each process on a way which can be cut. */
async function openGroups(): Promise<GroupsUnderTest> {
  const { brokers, prefix } = connection!;
  const name = `${prefix}${worlds++}.`;
  const logs: KafkaLog[] = [];
  const proxies: AnswerDropper[] = [];
  return {
    process: async () => {
      const proxy = await AnswerDropper.before(brokers[0]!);
      const log = await openKafkaLog({ brokers, ...settings, ...proxy.through });
      logs.push(log);
      proxies.push(proxy);
      return {
        groups: { join: (options) => log.join({ ...options, group: name + options.group }) },
        silence: () => {
          proxy.isSilent = true;
        },
        awaken: () => {
          proxy.isSilent = false;
        },
      };
    },
    pass: () => sleep(10),
    dispose: async () => {
      for (const proxy of proxies) proxy.isSilent = false;
      await Promise.all(logs.map((log) => log.close()));
    },
  };
}

if (connection === null) test("groups on Kafka", { skip }, () => {});
else groupSuite("Kafka", openGroups, { runs: 4 });
