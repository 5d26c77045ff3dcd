import path from "node:path";
import { answerOf, readers } from "./answer.ts";
import type { Contender } from "./contender.ts";
import { runPeer } from "./peer-process.ts";

/** What a batch can do that has everything before it: no log, no state, no commit. */
export const duckdb: Contender = {
  name: "duckdb",
  title: "DuckDB, files → join → Parquet (zstd), 2 threads",
  onKafka: false,
  prepare: async () => void (await readers()),
  run: async ({ load, folder, watch }) => {
    const out = path.join(folder, "silver.parquet");
    const script = path.join(import.meta.dirname, "duckdb_batch.py");
    const times = await runPeer(await readers(), [script, load.folder, out], watch);
    return { ...times, answer: await answerOf("parquet", out) };
  },
};
