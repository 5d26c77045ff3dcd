import type { Contender } from "./contender.ts";
import { buildJavaPeers, javaPeer } from "./java-peers.ts";
import { runPeer } from "./peer-process.ts";
import { RAW_TOPICS } from "./peer-topics.ts";

/** Kafka's own consumer: reads the rows that we join, and nothing else. */
export const javaConsumer: Contender = {
  name: "consumer",
  title: "Java consumer, reading the three topics only",
  onKafka: true,
  prepare: buildJavaPeers,
  run: async ({ broker, load, answer, watch }) => {
    const args = javaPeer("1g", "ConsumePeer", broker!.address, ...RAW_TOPICS);
    const { rows, ...times } = await runPeer("java", args, watch);
    if (rows !== load.totalRows) throw new Error(`it has read ${rows} rows of ${load.totalRows}`);
    return { ...times, answer };
  },
};
