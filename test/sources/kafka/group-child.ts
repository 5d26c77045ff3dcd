import { setTimeout as sleep } from "node:timers/promises";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import { fairly, TestMember } from "../group-members.ts";

/** What a member in a process of its own is told to be. */
export interface GroupChildOrders {
  readonly group: string;
  readonly tasks: readonly string[];
  readonly options: Omit<KafkaLogOptions, "clock">;
}

/** Is a member until it is killed, and tells its parent what happens to it: `open 0_1`, `lost` … */
const { group, tasks, options } = JSON.parse(process.argv[2]!) as GroupChildOrders;
const log = await openKafkaLog({ ...options, clock: { nowMs: () => Date.now() } });
const world = { groups: log, silence: () => {}, awaken: () => {} };
const member = new TestMember(world, { group, assign: fairly(tasks) });
for (let told = 0; ; await sleep(10)) {
  member.step();
  for (; told < member.history.length; told++) process.send!(member.history[told]!);
}
