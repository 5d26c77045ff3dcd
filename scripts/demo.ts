import { rm } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "../src/app/command-line.ts";
import { DeltaLog } from "../src/sinks/delta/log.ts";
import { readParquet } from "../src/sinks/delta/parquet-reader.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";

/**
 * `npm run demo`: the main job without any data at hand. Writes invented slices, replays them into
 * Delta tables, and prints three of the sentences.
 */
const OUT = path.join("out", "demo");
const SENTENCES = 3;

interface Sentence {
  readonly id: string;
  readonly rank: number;
  readonly sources: number;
  readonly text: string;
}

/** The newest row of every event, by the rule in the README: greatest (generation, revision). */
async function newestSentences(): Promise<Sentence[]> {
  const store = new FolderObjectStore(path.join(OUT, "tables"));
  const log = new DeltaLog(store, "silver/events");
  const newest = new Map<string, Sentence>();
  for (const file of (await log.load())?.files.keys() ?? []) {
    const bytes = await store.get(log.path(decodeURIComponent(file)));
    for (const batch of readParquet(bytes!)) {
      const column = (name: string) => batch.getChild(name)!;
      for (let row = 0; row < batch.numRows; row++) {
        const sentence = {
          id: String(column("global_event_id").get(row)),
          rank: column("generation").get(row) * 2 ** 31 + column("revision").get(row),
          sources: column("source_count").get(row),
          text: column("sentence").get(row),
        };
        if (sentence.rank > (newest.get(sentence.id)?.rank ?? -1))
          newest.set(sentence.id, sentence);
      }
    }
  }
  return [...newest.values()];
}

await rm(OUT, { recursive: true, force: true });
const slices = path.join(OUT, "slices");
await runCommand(["generate", slices]);
await runCommand(["replay", slices, "--out", path.join(OUT, "tables")]);
const most = (await newestSentences()).sort(
  (a, b) => b.sources - a.sources || (a.id < b.id ? -1 : 1),
);
process.stdout.write("\nThree sentences of the events with the most sources:\n");
for (const { id, text } of most.slice(0, SENTENCES)) process.stdout.write(`  ${id}  ${text}\n`);
