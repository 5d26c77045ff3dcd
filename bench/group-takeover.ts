import { fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openKafkaLog } from "../src/sources/kafka/kafka-log.ts";
import { service } from "../test/services/service.ts";
import { fairly, TestMember } from "../test/sources/group-members.ts";
import type { GroupChildOrders } from "../test/sources/kafka/group-child.ts";

/**
 * `node bench/group-takeover.ts [--runs 5] [--session 10000]`: two processes share the tasks of a
 * group. One is killed (SIGKILL), and it is timed until the other has been assigned its tasks; then
 * a new one joins, and it is timed until both have their share again, in two steps. Writes
 * bench/results/group-takeover.json. It needs a running broker (`npm run services -- start kafka`).
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    session: { type: "string", default: "10000" },
  },
});
const { connection, skip } = await service("kafka");
if (connection === null) throw new Error(skip);
const { brokers, prefix } = connection;

const sessionTimeoutMs = Number(values.session);
const TASKS = ["0_0", "0_1", "1_0", "1_1"];
const group = `${prefix}takeover`;
const child = path.join(import.meta.dirname, "../test/sources/kafka/group-child.ts");
const orders: GroupChildOrders = { group, tasks: TASKS, options: { brokers, sessionTimeoutMs } };

const log = await openKafkaLog({ ...orders.options, clock: { nowMs: () => Date.now() } });
const here = { groups: log, silence: () => {}, awaken: () => {} };
const member = new TestMember(here, { group, assign: fairly(TASKS) });

/** Until this process has so many tasks, and what that took. */
async function timedUntil(open: number): Promise<number> {
  const startMs = performance.now();
  while (member.open.size !== open) {
    member.step();
    await sleep(5);
  }
  return Math.round(performance.now() - startMs);
}

await timedUntil(TASKS.length);
const killed: number[] = [];
const joined: number[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  const other = fork(child, [JSON.stringify(orders)]);
  let opened = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  other.on("message", () => {
    opened++;
    if (opened === TASKS.length / 2) resolve();
  });
  await timedUntil(TASKS.length / 2);
  const closedMs = performance.now();
  await promise;
  joined.push(Math.round(performance.now() - closedMs));
  // Heartbeats and the kill are not in step.
  await sleep(300 * run);
  other.kill("SIGKILL");
  killed.push(await timedUntil(TASKS.length));
}
await log.close();

const result = {
  machine: `${cpus()[0]?.model}, ${cpus().length} cores, ${arch()}, Node ${process.version}`,
  load: loadavg().map((load) => Number(load.toFixed(1))),
  sessionTimeoutMs,
  msFromKillToAssignment: killed,
  msFromCloseHereToOpenThere: joined,
};
const text = `${JSON.stringify(result, null, 2)}\n`;
console.log(text);
const results = path.join(import.meta.dirname, "results");
mkdirSync(results, { recursive: true });
writeFileSync(path.join(results, "group-takeover.json"), text);
