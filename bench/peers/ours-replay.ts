import path from "node:path";
import { answerOf } from "./answer.ts";
import type { Contender } from "./contender.ts";
import { runPeer } from "./peer-process.ts";

/** Ours without Kafka: the files through the embedded log into the tables, without Bronze. */
export const oursReplay: Contender = {
  name: "ours-replay",
  title: "ours, embedded: files → Delta (`replay`)",
  onKafka: false,
  prepare: async () => {},
  run: async ({ load, folder, watch }) => {
    const child = path.join(import.meta.dirname, "ours-replay-child.ts");
    const times = await runPeer(process.execPath, [child, load.folder, folder], watch);
    return { ...times, answer: await answerOf("delta", path.join(folder, "silver/mentions")) };
  },
};
