import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LAKE_TABLES, openLakeTable } from "../../../src/app/lake.ts";
import { runLake } from "../../../src/app/lake-command.ts";
import { replay } from "../../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../../src/app/replay-options.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { encodeArrow } from "../../../src/record/arrow/batch-builder.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { LogHistory } from "../../../src/sinks/delta/log-history.ts";
import { verifyTable } from "../../../src/sinks/delta/verify-table.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { pythonReaders, runPython } from "../../python-readers.ts";
import { DaysOfRows } from "./days-of-rows.ts";
import { recordsOf } from "./sink-source.ts";

const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";
const clock = { nowMs: () => Date.now() };
/** Slices that are there at each run; after the second one the tables are compacted. */
const RUNS = [2, 4, 5];
let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "every-version-"));
});
after(() => rm(scratch, { recursive: true }));

/** A lake of all tables in many versions; the folder of its slices. */
async function lakeOfRuns(lake: string): Promise<string> {
  const slices = join(scratch, "slices");
  const startMs = Date.UTC(2026, 0, 1, 23, 15);
  const stream = new SliceStream({ seed: 11, startMs, eventsPerSlice: 60, gcamEntries: 5 });
  for (const [run, count] of RUNS.entries()) {
    await writeSlices(slices, stream.slices(count), { zipped: false });
    const options = { ...REPLAY_DEFAULTS, slices, out: lake, bronze: true, partitions: 2 };
    await replay(options, clock, () => {}, new AbortController().signal);
    if (run === 1) assert.equal(await runLake(["compact", lake], clock), 0);
  }
  return slices;
}

/**
 * Each version as two readers have it who share nothing but the list of files: pyarrow behind delta-rs,
 * and DuckDB's own reader. A row is a hash of all its columns.
 */
const EVERY_VERSION = `
import json, os, sys
import duckdb
from deltalake import DeltaTable
question = json.load(sys.stdin)
con = duckdb.connect()
con.execute("set timezone = 'UTC'")
def seen(relation, columns):
    row = ", ".join('"%s"' % name for name in sorted(columns))
    return list(map(str, con.execute(f"select count(*), coalesce(sum(hash({row})), 0) from {relation}").fetchall()[0]))
answers = {}
for folder in question["tables"]:
    path = os.path.join(question["lake"], folder)
    answers[folder] = []
    for version in range(DeltaTable(path).version() + 1):
        table = DeltaTable(path, version=version)
        con.register("arrow_rows", table.to_pyarrow_table())
        names = [field.name for field in table.schema().fields]
        files = table.file_uris()
        by_arrow = seen("arrow_rows", names)
        from_files = f"read_parquet({files!r}, hive_partitioning = true, hive_types = {{'slice_date': date}})"
        by_duckdb = seen(from_files, names) if files else by_arrow
        answers[folder].append({"files": len(files), "arrow": by_arrow, "duckdb": by_duckdb})
json.dump(answers, sys.stdout)
`;

interface Version {
  readonly files: number;
  readonly arrow: readonly string[];
  readonly duckdb: readonly string[];
}

/** Files and rows of each version, as our own reading of the log has them. */
async function versionsOf(
  lake: string,
  folder: string,
): Promise<{ files: number; rows: number }[]> {
  const history = await LogHistory.open(new DeltaLog(new FolderObjectStore(lake), folder));
  const versions: { files: number; rows: number }[] = [];
  const note = () => {
    const files = [...history.table.files.values()];
    const rows = files.reduce((sum, { stats }) => sum + JSON.parse(stats!).numRecords, 0);
    versions[history.table.version] = { files: files.length, rows };
  };
  for await (const _ of history.commits()) if (history.table.version >= 0) note();
  note();
  return versions;
}

test("delta-rs and DuckDB read all tables of a run at every version alike, and at the last as the oracle has them", {
  skip: noPython,
}, async () => {
  const lake = join(scratch, "lake");
  const slices = await lakeOfRuns(lake);
  const tables = LAKE_TABLES.map(({ folder }) => folder);
  const answers = (await runPython(python!, EVERY_VERSION, { lake, tables })) as Record<
    string,
    Version[]
  >;
  for (const folder of tables) {
    const own = await versionsOf(lake, folder);
    const found = answers[folder]!;
    assert.ok(found.length > RUNS.length, `${folder} has ${found.length} versions`);
    for (const [version, { files, arrow, duckdb }] of found.entries()) {
      assert.deepEqual(duckdb, arrow, `${folder}, version ${version}`);
      const told = { files, rows: Number(arrow[0]) };
      assert.deepEqual(told, own[version], `${folder}, version ${version}`);
    }
  }
  const { equal, message } = await compareWithOracle({ slices, out: lake });
  assert.ok(equal, message);
});

/** Rows of the table again, as other events', in a commit each. */
const OTHER_WRITER = `
import json, sys
import pyarrow as pa, pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, write_deltalake
question = json.load(sys.stdin)
patient = CommitProperties(max_commit_retries=200)
table = DeltaTable(question["path"])
rows = table.to_pyarrow_table().slice(0, 10)
at = rows.schema.get_field_index("global_event_id")
for n in range(question["commits"]):
    ids = pa.array(range(question["first"] + n * 10, question["first"] + n * 10 + 10), pa.int64())
    write_deltalake(table, rows.set_column(at, rows.schema.field(at), ids), mode="append", commit_properties=patient)
json.dump(table.version(), sys.stdout)
`;

test("delta-rs appends beside the sink: the rows of both are there, and the sink's position is its own", {
  skip: noPython,
}, async () => {
  const described = LAKE_TABLES.find(({ folder }) => folder === "silver/events")!;
  const store = new FolderObjectStore(join(scratch, "beside"));
  const table = await openLakeTable(store, described, clock);
  const rowsPerSlice = 200;
  const rows = await DaysOfRows.open({ startMs: Date.UTC(2026, 0, 1), rowsPerSlice, generated: 2 });
  const { node: name, decode } = described;
  const source = { topic: "gdelt.silver.events", partition: 0 };
  const of = { application: "app", generation: 1, name };
  const sink = new DeltaSink({ ...of, table, source, decode, clock });
  let offset = (await sink.open()) ?? 0;
  let written = 0;
  const commitNext = async (slice: number) => {
    const batches = await rows.slice(slice);
    const values = batches.map((batch) => encodeArrow(batch));
    sink.write(recordsOf(offset, values));
    await sink.commit();
    offset += values.length;
    for (const { numRows } of batches) written += numRows;
  };
  await commitNext(0);
  const commits = 12;
  const path = join(scratch, "beside", described.folder);
  let isOver = false;
  const other = runPython(python!, OTHER_WRITER, { path, commits, first: 5e12 }).finally(() => {
    isOver = true;
  });
  let slice = 1;
  while (!isOver) await commitNext(slice++);
  await other;
  assert.ok(slice > 2, "delta-rs was done before the sink had begun");
  await commitNext(slice);
  await rows.close();
  const log = new DeltaLog(store, described.folder);
  const report = await verifyTable(log, described.identity);
  assert.deepEqual(report.findings, []);
  assert.equal(report.rows, written + commits * 10);
  const { transactions } = (await log.load())!;
  const position = `app/1/${name}/gdelt.silver.events-0`;
  assert.equal(transactions.get(position)?.version, offset);
  assert.equal(transactions.get(`${position}/rows`)?.version, written);
  assert.equal(await sink.open(), offset);
});
