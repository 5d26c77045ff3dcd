import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LAKE_TABLES, openLakeTable } from "../../../src/app/lake.ts";
import { encodeArrow } from "../../../src/record/arrow/batch-builder.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import type { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { wasmMemoryBytes } from "../../../src/sinks/delta/encoder.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { verifyTable } from "../../../src/sinks/delta/verify-table.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { pythonReaders, runPython } from "../../python-readers.ts";
import { DaysOfRows, SLICES_PER_DAY } from "./days-of-rows.ts";
import { recordsOf } from "./sink-source.ts";

/** Of the table that is written once and looked at from all sides. */
const ROWS_PER_COMMIT = 500;
const COMMITS = 400;
const START_MS = Date.UTC(2026, 0, 1);
const MIB = 1 << 20;

const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";
const described = LAKE_TABLES.find(({ folder }) => folder === "silver/events")!;

/** A folder that says what is asked of it. */
class CountedStore extends FolderObjectStore {
  requests = 0;
  bytesRead = 0;

  override async get(path: string): Promise<Uint8Array | null> {
    this.requests++;
    const bytes = await super.get(path);
    this.bytesRead += bytes?.byteLength ?? 0;
    return bytes;
  }

  override async put(path: string, bytes: Uint8Array): Promise<void> {
    this.requests++;
    await super.put(path, bytes);
  }

  override async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    this.requests++;
    return await super.putIfAbsent(path, bytes);
  }

  override async list(prefix: string) {
    this.requests++;
    return await super.list(prefix);
  }
}

interface Commit {
  readonly requests: number;
  readonly bytesRead: number;
}

let folder: string;
let table: DeltaTable;
let rows: DaysOfRows;
/** All but those that found a checkpoint due. */
const commits: Commit[] = [];
/** Wasm memory at the end of each day. */
const wasmBytes: number[] = [];

/** Slice after slice through the sink, and once a day a compaction, as an operator has it. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "many-commits-"));
  const store = new CountedStore(folder, { synced: false });
  const clock = { nowMs: () => Date.now() };
  table = await openLakeTable(store, described, clock);
  rows = await DaysOfRows.open({ startMs: START_MS, rowsPerSlice: ROWS_PER_COMMIT, generated: 4 });
  const source = { topic: "gdelt.silver.events", partition: 0 };
  const { node: name, decode, newest } = described;
  const of = { application: "test", generation: 1, name };
  const sink = new DeltaSink({ ...of, table, source, decode, clock });
  let offset = (await sink.open()) ?? 0;
  for (let slice = 0; slice < COMMITS; slice++) {
    const values = (await rows.slice(slice)).map((batch) => encodeArrow(batch));
    sink.write(recordsOf(offset, values));
    offset += values.length;
    const { requests, bytesRead } = store;
    await sink.commit();
    const checkpoints = table.snapshot.version % 10 === 0;
    const cost = { requests: store.requests - requests, bytesRead: store.bytesRead - bytesRead };
    if (!checkpoints) commits.push(cost);
    if ((slice + 1) % SLICES_PER_DAY !== 0) continue;
    await compactTable(table, { newest, fileBytesMin: 32 * MIB, fileBytesMax: 128 * MIB });
    wasmBytes.push(wasmMemoryBytes());
  }
});

after(async () => {
  await rows.close();
  await rm(folder, { recursive: true });
});

test("the four hundredth commit asks no more of the store than the first ones", () => {
  const requests = commits.map((commit) => commit.requests);
  // A file and the commit; an hour long after midnight two files, since the day before is revised.
  assert.deepEqual(new Set(requests.slice(0, 50)), new Set([2]));
  assert.deepEqual(new Set(requests.slice(-10)), new Set([2]));
  assert.equal(Math.max(...requests), 3);
  assert.deepEqual(new Set(commits.map(({ bytesRead }) => bytesRead)), new Set([0]));
});

test("the encoder's memory stays what it was after two days", () => {
  assert.equal(wasmBytes.at(-1), wasmBytes[1]);
});

test("every event is there once after the compactions, with its newest revision, and the table is whole", async () => {
  const { findings, rows: found } = await verifyTable(
    new DeltaLog(new FolderObjectStore(folder), described.folder),
    described.identity,
  );
  assert.deepEqual(findings, []);
  await compactTable(table, { newest: described.newest, fileBytesMin: MIB, fileBytesMax: 8 * MIB });
  const events = COMMITS * rows.newEvents;
  const left = [...table.snapshot.files.values()].reduce(
    (sum, { stats }) => sum + JSON.parse(stats!).numRecords,
    0,
  );
  assert.equal(left, events);
  assert.ok(found >= events && found < events * 1.1, `${found} rows of ${events} events`);
});

/** Which files readers open to answer a question. */
const OPENED = `
import datetime, json, re, sys
import duckdb, pyarrow.dataset as ds
from deltalake import DeltaTable
question = json.load(sys.stdin)
table = DeltaTable(question["path"])
day = datetime.date.fromisoformat(question["day"])
data = table.to_pyarrow_dataset()
def fragments(filter):
    return [fragment.path for fragment in data.get_fragments(filter=filter)]
plan = duckdb.sql("""explain analyze select count(sentence) from read_parquet(%r, hive_partitioning = true)
    where slice_date = date '%s'""" % (table.file_uris(), day)).fetchall()[0][1]
json.dump({
    "all": len(table.file_uris()),
    "ofDay": len(table.file_uris(partition_filters=[("slice_date", "=", question["day"])])),
    "arrowOfDay": fragments(ds.field("slice_date") == day),
    "arrowOfId": fragments(ds.field("global_event_id") == question["id"]),
    "duckdb": re.findall(r"Total Files Read: (\\d+)", plan),
    "rowsOfDay": data.count_rows(filter=ds.field("slice_date") == day),
}, sys.stdout)
`;

test("who asks for a day opens that day's files alone, who asks for an event those whose ids fit", {
  skip: noPython,
}, async () => {
  await table.refresh();
  const day = "2026-01-03";
  const path = join(folder, described.folder);
  // The first event of noon.
  const id = rows.idOf(2 * SLICES_PER_DAY + SLICES_PER_DAY / 2);
  const opened = (await runPython(python!, OPENED, { path, day, id })) as {
    all: number;
    ofDay: number;
    arrowOfDay: string[];
    arrowOfId: string[];
    duckdb: string[];
    rowsOfDay: number;
  };
  const own = [...table.snapshot.files.values()].filter((file) => table.dateOf(file) === day);
  assert.ok(own.length < opened.all / 2, `${own.length} files of ${opened.all}`);
  assert.equal(opened.ofDay, own.length);
  assert.equal(opened.arrowOfDay.length, own.length);
  assert.deepEqual(opened.duckdb.map(Number), [own.length]);
  assert.equal(opened.rowsOfDay, SLICES_PER_DAY * rows.newEvents);
  assert.ok(opened.arrowOfId.length <= own.length);
  for (const file of opened.arrowOfId) assert.match(file, new RegExp(`slice_date=${day}/`));
});
