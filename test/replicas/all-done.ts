import { LAKE_TABLES } from "../../src/app/lake.ts";
import { partitionName, type TopicPartition } from "../../src/record/record-batch.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";

const { subTopologies } = silverTopology({ ...SILVER_DEFAULTS, mart: false });
const nodes = subTopologies.flatMap((sub) => sub.nodes);
const sources = nodes.flatMap((node) => (node.kind === "source" ? [node.topic] : []));
const tables = nodes.flatMap((node) => (node.kind === "table" ? [node] : []));

/**
 * Whether everything that is in the log has been joined and is in the tables: tasks have committed
 * the end of each of their inputs; with that their output is all there, and tables are at its end.
 */
export async function allDone(
  log: Log,
  lake: ObjectStore,
  application = "gdelt-silver",
): Promise<boolean> {
  const inputs = (await Promise.all(sources.map((topic) => partitionsOf(log, topic)))).flat();
  const committed = await log.committed(`${application}-1`, inputs);
  for (const at of inputs) {
    const { end } = await log.bounds(at);
    if (end === 0 || (committed.get(partitionName(at))?.offset ?? 0) < end) return false;
  }
  for (const { name, topic } of tables) {
    const { folder } = LAKE_TABLES.find(({ node }) => node === name)!;
    const { transactions } = (await new DeltaLog(lake, folder).load())!;
    for (const at of await partitionsOf(log, topic)) {
      const { end } = await log.bounds(at);
      const position =
        transactions.get(`${application}/1/${name}/${partitionName(at)}`)?.version ?? 0;
      if (position < end) return false;
    }
  }
  return true;
}

const partitionsOf = async (log: Log, topic: string): Promise<TopicPartition[]> =>
  Array.from({ length: await log.partitions(topic) }, (_, partition) => ({ topic, partition }));
