import type { Contender, Run } from "./contender.ts";
import { buildJavaPeers, javaPeer } from "./java-peers.ts";
import { runPeer } from "./peer-process.ts";
import { PEER_SILVER, silverOfPeers } from "./peer-topics.ts";

/** As many threads as the machine of the targets has processors. */
const THREADS = 2;

/** Kafka Streams, events first, with one of its guarantees. */
export const kafkaStreams = (guarantee: "at_least_once" | "exactly_once_v2"): Contender => ({
  name: `streams-${guarantee}`,
  title: `Kafka Streams 4.1, RocksDB, ${THREADS} threads, events first, ${guarantee}`,
  onKafka: true,
  prepare: buildJavaPeers,
  run: async ({ broker, folder, answer, watch }: Run) => {
    const { address, log, partitions } = broker!;
    await log.createTopics([{ name: PEER_SILVER, partitions, retention: "forever" }]);
    const options = {
      broker: address,
      application: `peers-streams-${guarantee}`,
      guarantee,
      state: folder,
      partitions,
      threads: THREADS,
      rows: answer.count,
    };
    const args = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    const times = await runPeer("java", javaPeer("4g", "StreamsPeer", ...args), watch);
    return { ...times, answer: await silverOfPeers(log) };
  },
});
