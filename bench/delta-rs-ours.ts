import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { LAKE_TABLES, openLakeTable } from "../src/app/lake.ts";
import { openObjectStore } from "../src/app/open-object-store.ts";
import { DeltaSink } from "../src/sinks/delta/delta-sink.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";
import { recordsOf } from "../test/sinks/delta/sink-source.ts";

/**
 * One measured run of `delta-rs.ts`: `delta-rs-ours.ts <folder> <table> <place> synced|unsynced <warm>`
 * puts the commits of the folder into a table through its sink, and prints what all but the first
 * `warm` ones took as JSON.
 */
const [folder, tableFolder, place, synced, warm] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
applyHeapSettings();
const clock = { nowMs: () => Date.now() };
const described = LAKE_TABLES.find((table) => table.folder === tableFolder)!;
const store =
  synced === "unsynced"
    ? new FolderObjectStore(place, { synced: false })
    : await openObjectStore({ place, commits: true });
const table = await openLakeTable(store, described, clock);
const sink = new DeltaSink({
  table,
  source: { topic: "bench", partition: 0 },
  application: "bench",
  generation: 1,
  name: described.node,
  decode: described.decode,
  clock,
});
await sink.open();

/** A file is values of records, each after its length in 4 bytes. */
function recordsIn(file: string): Uint8Array[] {
  const content = readFileSync(path.join(folder, file));
  const values: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const length = content.readUInt32LE(at);
    values.push(content.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return values;
}

let offset = 0;
const commits = readdirSync(folder)
  .sort()
  .map((file) => {
    const values = recordsIn(file);
    const records = recordsOf(offset, values);
    offset += values.length;
    return records;
  });
let startMs = 0;
let before = process.cpuUsage();
for (const [n, records] of commits.entries()) {
  if (n === Number(warm)) {
    startMs = performance.now();
    before = process.cpuUsage();
  }
  sink.write(records);
  await sink.commit();
}
const seconds = (performance.now() - startMs) / 1000;
const { user, system } = process.cpuUsage(before);
const files = [...table.snapshot.files.values()];
const bytes = files.reduce((sum, { size }) => sum + size, 0);
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds, bytes })}\n`);
