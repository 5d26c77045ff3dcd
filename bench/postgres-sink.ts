import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { RecordBatch } from "apache-arrow";
import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { MIGRATIONS } from "../src/app/mart.ts";
import { MART_TABLES } from "../src/app/mart-tables.ts";
import { replay } from "../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../src/app/replay-options.ts";
import { encodeArrow } from "../src/record/arrow/batch-builder.ts";
import { DeltaLog } from "../src/sinks/delta/log.ts";
import { NewestRows } from "../src/sinks/delta/newest-rows.ts";
import { readParquet } from "../src/sinks/delta/parquet-reader.ts";
import { takeRows } from "../src/sinks/delta/take-rows.ts";
import type { Database } from "../src/sinks/postgres/database.ts";
import { migrate } from "../src/sinks/postgres/migrations.ts";
import { openPgDatabase } from "../src/sinks/postgres/pg-database.ts";
import { openPglite } from "../src/sinks/postgres/pglite-database.ts";
import { PostgresSink } from "../src/sinks/postgres/postgres-sink.ts";
import { type PostgresTable, upsertSql } from "../src/sinks/postgres/upsert.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";
import { recordsOf } from "../test/sinks/delta/sink-source.ts";
import { shifted } from "./shifted-rows.ts";

/**
 * `node bench/postgres-sink.ts --database pglite|postgres://… [--rounds 4] [--pairs 5]
 * [--name postgres-sink]`: writes the Silver rows of the real slices through the sinks of the mart,
 * again and again as other events, and by one INSERT … SELECT within the server, in turn, each first
 * in every other pair. bench/results/<name>.json then has the medians of rows a second and of
 * processor time, and what each index costs. The database must be empty.
 */
const { values: args } = parseArgs({
  options: {
    database: { type: "string" },
    rounds: { type: "string", default: "4" },
    pairs: { type: "string", default: "5" },
    name: { type: "string", default: "postgres-sink" },
  },
});
if (args.database === undefined) throw new Error("say --database pglite or postgres://…");
const rounds = Number(args.rounds);
const pairs = Number(args.pairs);
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "gdelt-bench-"));
const clock = { nowMs: () => Date.now() };

/** Rows of a record, as many as the topology writes. */
const RECORD_ROWS = 2048;
/** Records of a commit: of events some 14 MB. */
const COMMIT_RECORDS = 4;

/** Of each key the newest row. */
async function silverRows(folder: string, key: string): Promise<RecordBatch[]> {
  const store = new FolderObjectStore(path.join(work, "out"));
  const log = new DeltaLog(store, folder);
  const batches: RecordBatch[] = [];
  for (const file of (await log.load())!.files.keys()) {
    const bytes = await store.get(log.path(decodeURIComponent(file)));
    for (const batch of readParquet(bytes!)) batches.push(batch);
  }
  const newest = new NewestRows([key], ["generation", "revision"]);
  for (const batch of batches) newest.add(batch);
  const flags = newest.flags();
  let at = 0;
  return batches.flatMap((batch) => {
    const kept = Array.from({ length: batch.numRows }, (_, i) => i).filter(() => flags[at++] === 1);
    const parts = Math.ceil(kept.length / RECORD_ROWS);
    return Array.from({ length: parts }, (_, part) =>
      takeRows(batch, Int32Array.from(kept.slice(part * RECORD_ROWS, (part + 1) * RECORD_ROWS))),
    );
  });
}

const tableOf = (name: string) => MART_TABLES.find(({ table }) => table.name === name)!;

/** Seconds of processor time that the process of the connection has used; Linux alone tells. */
async function serverCpuSeconds(database: Database): Promise<number> {
  const { rows } = await database.transaction((tx) => tx.query("select pg_backend_pid()"));
  const pid = embeddedPid ?? rows[0]![0];
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

let embeddedPid: number | null = null;

interface Cost {
  readonly rowsPerSecond: number;
  /** Processor time a row, in microseconds, here and in the server. */
  readonly clientMicros: number;
  readonly serverMicros: number;
}

/** What `work` costs, which says how many rows it has written. */
async function costOf(database: Database, work: () => Promise<number>): Promise<Cost> {
  const serverBefore = await serverCpuSeconds(database);
  const before = process.cpuUsage();
  const startMs = performance.now();
  const rows = await work();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const serverSeconds = (await serverCpuSeconds(database)) - serverBefore;
  return {
    rowsPerSecond: Math.round(rows / seconds),
    clientMicros: round((user + system) / rows),
    serverMicros: round((serverSeconds * 1e6) / rows),
  };
}

const round = (value: number): number => Number(value.toFixed(1));

/** Through a sink of its own; a shift makes other rows of them. */
async function throughSink(
  database: Database,
  name: string,
  batches: readonly RecordBatch[],
  pass: { readonly shifts: readonly number[]; readonly revision: number },
): Promise<Cost> {
  const { table, decode } = tableOf(name);
  const source = { topic: "bench", partition: 0 };
  const identity = { application: `bench ${name} ${clock.nowMs()}`, generation: 1, sink: "bench" };
  const sink = new PostgresSink({ ...identity, database, table, source, decode, clock });
  let offset = (await sink.open()) ?? 0;
  const all = pass.shifts.map((shift) =>
    batches.map((batch) => encodeArrow(shifted(batch, shift, pass.revision))),
  );
  return await costOf(database, async () => {
    for (const values of all) {
      for (let i = 0; i < values.length; i += COMMIT_RECORDS) {
        const taken = values.slice(i, i + COMMIT_RECORDS);
        sink.write(recordsOf(offset, taken));
        offset += taken.length;
        await sink.commit();
      }
    }
    return all.length * batches.reduce((sum, { numRows }) => sum + numRows, 0);
  });
}

const execute = (database: Database, sql: string) => database.transaction((tx) => tx.execute(sql));

/** One way to write the rows: as new ones, and then as newer revisions of them. */
interface Way {
  insert(): Promise<Cost>;
  update(): Promise<Cost>;
}

const sinkWay = (database: Database, name: string, batches: readonly RecordBatch[]): Way => {
  const shifts = Array.from({ length: rounds }, (_, i) => i + 1);
  return {
    insert: () => throughSink(database, name, batches, { shifts, revision: 1 }),
    update: () => throughSink(database, name, batches, { shifts, revision: 2 }),
  };
};

/** By one statement, which reads what is in the table now from a copy of it. */
async function serverWay(database: Database, table: PostgresTable): Promise<Way> {
  const has = table.schema.fields.map(({ name }) => name);
  const columns = has.map((name) => `"${name}"`).join(", ");
  for (const [copy, revision] of [
    ["inserted", 1],
    ["updated", 2],
  ] as const) {
    await execute(
      database,
      `create unlogged table bench_${copy} as select ${columns} from ${table.name};
      update bench_${copy} set revision = ${revision}`,
    );
    await execute(database, `alter table bench_${copy} set (autovacuum_enabled = false)`);
  }
  const from = (copy: string) => () =>
    costOf(database, async () => {
      const statement = upsertSql(table, has).replace(
        /from unnest\(.*?\) as given/s,
        `from ${copy}`,
      );
      const { count } = await database.transaction((tx) => tx.query(statement));
      return count;
    });
  return { insert: from("bench_inserted"), update: from("bench_updated") };
}

interface Pass {
  readonly inserted: Cost;
  readonly updated: Cost;
}

/** Into an empty table, with nothing of the passes before left to be written to the disk. */
async function passOf(database: Database, name: string, way: Way): Promise<Pass> {
  await execute(database, `truncate ${name}`);
  await execute(database, "checkpoint");
  const inserted = await way.insert();
  await execute(database, "checkpoint");
  return { inserted, updated: await way.update() };
}

async function measure(database: Database, name: string, batches: readonly RecordBatch[]) {
  const { table } = tableOf(name);
  const sink = sinkWay(database, name, batches);
  // The code is warm, and the rows are there to be copied.
  await passOf(database, name, sink);
  const unchanged = await sink.update();
  const server = await serverWay(database, table);
  const passes: { sink: Pass; server: Pass }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = await passOf(database, name, pair % 2 === 0 ? sink : server);
    const second = await passOf(database, name, pair % 2 === 0 ? server : sink);
    passes.push(pair % 2 === 0 ? { sink: first, server: second } : { sink: second, server: first });
  }
  await execute(database, `drop table bench_inserted, bench_updated; truncate ${name}`);
  const compared = (what: keyof Pass) => ({
    sink: medianCost(passes.map(({ sink }) => sink[what])),
    withinServer: medianCost(passes.map(({ server }) => server[what])),
    ofServer: {
      rowsPerSecond: passes.map((pass) =>
        ratio(pass.sink[what].rowsPerSecond, pass.server[what].rowsPerSecond),
      ),
      median: median(
        passes.map((pass) => ratio(pass.sink[what].rowsPerSecond, pass.server[what].rowsPerSecond)),
      ),
      serverMicros: median(
        passes.map((pass) => ratio(pass.server[what].serverMicros, pass.sink[what].serverMicros)),
      ),
    },
  });
  return {
    rows: rounds * batches.reduce((sum, { numRows }) => sum + numRows, 0),
    inserted: compared("inserted"),
    updated: compared("updated"),
    unchanged,
  };
}

const ratio = (a: number, b: number): number => Number((a / b).toFixed(2));

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!;

const medianCost = (costs: readonly Cost[]): Cost => ({
  rowsPerSecond: median(costs.map(({ rowsPerSecond }) => rowsPerSecond)),
  clientMicros: median(costs.map(({ clientMicros }) => clientMicros)),
  serverMicros: median(costs.map(({ serverMicros }) => serverMicros)),
});

/** Processor time a row, in the server, that each index adds to a table that has only its key. */
async function indexCosts(database: Database, name: string, batches: readonly RecordBatch[]) {
  const { rows } = await database.transaction((tx) =>
    tx.query(
      `select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where i.indrelid = $1::regclass and not i.indisunique order by c.relname`,
      [name],
    ),
  );
  const perRow = async () => {
    await execute(database, `truncate ${name}`);
    const shifts = Array.from({ length: rounds }, (_, i) => i + 1);
    const pass = { shifts, revision: 1 };
    return (await throughSink(database, name, batches, pass)).serverMicros;
  };
  for (const [index] of rows) await execute(database, `drop index silver.${index}`);
  const without = await perRow();
  const costs: Record<string, number> = { "none but the key": without };
  for (const [index, definition] of rows) {
    await execute(database, definition!.replace(" ON ONLY ", " ON "));
    costs[index!] = round((await perRow()) - without);
    await execute(database, `drop index silver.${index}`);
  }
  for (const [, definition] of rows) {
    await execute(database, definition!.replace(" ON ONLY ", " ON "));
  }
  return costs;
}

applyHeapSettings();
try {
  const options = { ...REPLAY_DEFAULTS, slices: path.join(samples, "joined/gdeltv2") };
  const out = path.join(work, "out");
  await replay({ ...options, out }, clock, () => {}, new AbortController().signal);
  const events = await silverRows("silver/events", "global_event_id");
  const mentions = await silverRows("silver/mentions", "mention_key");
  const embedded = args.database === "pglite";
  const lock = async (pid: number) => {
    embeddedPid = pid;
    return { release: async () => {} };
  };
  const database = embedded
    ? await openPglite({ folder: path.join(work, "data"), lock })
    : openPgDatabase(args.database);
  await migrate(database, MIGRATIONS);
  const { rows } = await database.transaction((tx) => tx.query("select version()"));
  const result = {
    machine: `${os.cpus()[0]?.model}, ${os.cpus().length} cores, ${os.arch()}, Node ${process.version}`,
    database: `${embedded ? "PGlite: " : ""}${rows[0]![0]!.split(" on ")[0]}`,
    loadBefore: os.loadavg().map((load) => Number(load.toFixed(1))),
    events: await measure(database, "silver.events", events),
    mentions: await measure(database, "silver.mentions", mentions),
    indexMicrosPerRow: {
      events: await indexCosts(database, "silver.events", events),
      mentions: await indexCosts(database, "silver.mentions", mentions),
    },
    loadAfter: os.loadavg().map((load) => Number(load.toFixed(1))),
  };
  await database.close();
  const text = `${JSON.stringify(result, null, 2)}\n`;
  fs.writeFileSync(new URL(`./results/${args.name}.json`, import.meta.url), text);
  process.stdout.write(text);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
