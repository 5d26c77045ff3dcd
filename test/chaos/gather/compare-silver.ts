import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonReaders } from "../../python-readers.ts";
import type { DoubledRow } from "../evidence.ts";
import type { PartitionContents } from "../world/partition-contents.ts";

const script = fileURLToPath(new URL("silver_tables.py", import.meta.url));

/** The topic of each table that holds its rows as they are. */
const TOPICS = {
  "silver/events": "gdelt.silver.events",
  "silver/mentions": "gdelt.silver.mentions",
  "audit/lifecycle": "gdelt.lifecycle",
  dead_letter: "gdelt.dead-letters",
} as const;

export interface SilverReport {
  readonly differences: readonly string[];
  readonly doubled: readonly DoubledRow[];
  readonly rows: Readonly<
    Record<keyof typeof TOPICS, { readonly topic: number; readonly table: number }>
  >;
  /** Of the newest rows, by table. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Holds Silver's topics, as committed, against the tables below `out`. `scratch`: for files. */
export async function compareSilver(
  topics: readonly PartitionContents[],
  out: string,
  scratch: string,
): Promise<SilverReport> {
  const python = await pythonReaders();
  if (python === null) throw new Error("this needs scripts/python-readers, which failed");
  const files: Record<string, string> = {};
  for (const [table, topic] of Object.entries(TOPICS)) {
    const file = join(scratch, `${topic}.values`);
    await writeFile(file, committedValues(topics.filter((at) => at.topic === topic)));
    files[table] = file;
  }
  const running = promisify(execFile)(python, [script], { maxBuffer: 64 << 20 });
  running.child.stdin?.end(JSON.stringify({ out, topics: files }));
  return JSON.parse((await running).stdout) as SilverReport;
}

/** Each after its length. End markers have no value. */
function committedValues(partitions: readonly PartitionContents[]): Buffer {
  const parts: Buffer[] = [];
  for (const { batches } of partitions) {
    for (const { outcome, records } of batches) {
      if (outcome !== "committed") continue;
      for (const { value } of records) {
        if (value === null) continue;
        const length = Buffer.alloc(4);
        length.writeUInt32BE(value.length);
        parts.push(length, value);
      }
    }
  }
  return Buffer.concat(parts);
}
