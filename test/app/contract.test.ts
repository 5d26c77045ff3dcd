import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { martChanges } from "../../scripts/contract/mart-changes.ts";
import { CONTRACT_TABLES } from "../../scripts/contract/silver-tables.ts";
import { MIGRATIONS } from "../../src/app/mart.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { optional, utf8 } from "../../src/gdelt/described-table.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { migrate } from "../../src/sinks/postgres/migrations.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { pythonReaders, runPython } from "../python-readers.ts";
import { service } from "../services/service.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import {
  type ContractTable,
  customValue,
  differences,
  type FoundColumn,
  readContract,
  ruleQueries,
} from "./contract-tables.ts";

const { connection, skip } = await service("postgres");
const contract = await readContract();
const scratch = await mkdtemp(path.join(os.tmpdir(), "contract-"));
after(() => rm(scratch, { recursive: true, force: true }));

const database = openPgDatabase(connection?.url ?? "postgres://nobody@127.0.0.1:1/none");
after(() => database.close());

const columnsOf = (
  table: ContractTable,
  typeOf: (property: ContractTable["properties"][number]) => string | undefined,
): FoundColumn[] =>
  table.properties.flatMap((property) => {
    const type = typeOf(property);
    const { name, required = false } = property;
    return type === undefined ? [] : [{ name, type, nullable: !required }];
  });

// ---- the lake

/** Delta's types, as pyarrow has those of a Parquet file. */
const ARROW_TYPES: Readonly<Record<string, string>> = {
  long: "int64",
  integer: "int32",
  double: "double",
  boolean: "bool",
  string: "string",
  binary: "binary",
  date: "date32[day]",
  timestamp: "timestamp[us, tz=UTC]",
  "array<string not null>": "list<element: string not null>",
};

const READ = `
import json, sys
import duckdb, pyarrow.parquet
from deltalake import DeltaTable
question = json.load(sys.stdin)
table = DeltaTable(question["path"])
files = table.file_uris()
parquet = "read_parquet(%s)" % repr(files)
def column(field):
    return {"name": field.name, "type": str(field.type), "nullable": field.nullable}
print(json.dumps({
    "log": json.loads(table.schema().to_json())["fields"],
    "partitions": table.metadata().partition_columns,
    "files": [[column(field) for field in pyarrow.parquet.read_schema(file)] for file in files],
    "broken": [duckdb.sql(sql.replace("THE_TABLE", parquet)).fetchall()[0][0] for sql in question["queries"]],
}))`;

interface ReadTable {
  readonly log: readonly {
    readonly name: string;
    readonly type: string | { readonly elementType: string; readonly containsNull: boolean };
    readonly nullable: boolean;
  }[];
  readonly partitions: readonly string[];
  readonly files: readonly (readonly FoundColumn[])[];
  readonly broken: readonly number[];
}

const deltaType = (type: ReadTable["log"][number]["type"]): string =>
  typeof type === "string"
    ? type
    : `array<${type.elementType}${type.containsNull ? "" : " not null"}>`;

/** Where a table of the lake differs from the contract, in its log and in its files. */
function lakeDifferences(table: ContractTable, { log, files, partitions }: ReadTable): string[] {
  const inLog = log.map(({ name, type, nullable }) => ({ name, type: deltaType(type), nullable }));
  const byContract = table.properties.filter(({ partitioned }) => partitioned);
  const stored = { ...table, properties: table.properties.filter((each) => !each.partitioned) };
  return [
    ...differences(
      `${table.name} (log)`,
      columnsOf(table, (of) => of.physicalType),
      inLog,
    ),
    ...files.flatMap((file) =>
      differences(
        `${table.name} (file)`,
        columnsOf(stored, ({ physicalType }) => ARROW_TYPES[physicalType] ?? physicalType),
        file,
      ),
    ),
    ...(`${partitions}` === `${byContract.map(({ name }) => name)}`
      ? []
      : [`${table.name} is partitioned by ${partitions}`]),
  ];
}

// ---- the mart

const COLUMNS = `
  select column_name, case data_type when 'ARRAY' then substr(udt_name, 2) || '[]' else data_type end,
    is_nullable, col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
  from information_schema.columns where table_schema || '.' || table_name = $1`;

/** Where a table of the mart differs from the contract, in its texts too. */
async function martDifferences(of: Database, table: ContractTable): Promise<string[]> {
  const name = customValue(table, "postgresTable")!;
  const { rows } = await of.transaction((tx) => tx.query(COLUMNS, [name]));
  const found = rows.map(([column, type, nullable, description]) => ({
    name: column!,
    type: type!,
    nullable: nullable === "YES",
    description: description ?? null,
  }));
  const texts = new Map(table.properties.map((each) => [each.name, each.description]));
  const expected = columnsOf(table, (property) => customValue(property, "postgresType")).map(
    (column) => ({ ...column, description: texts.get(column.name)! }),
  );
  return differences(name, expected, found);
}

async function brokenRules(of: Database): Promise<string[]> {
  const broken: string[] = [];
  for (const table of contract) {
    for (const [rule, sql] of ruleQueries(table, customValue(table, "postgresTable")!)) {
      const [[count]] = (await ask(of, sql)) as [[string]];
      if (count !== "0") broken.push(`${count} rows break: ${rule}`);
    }
  }
  return broken;
}

test("what a replay writes is what the contract says: log, files, mart and rules", {
  skip,
}, async (t) => {
  const slices = path.join(scratch, "slices");
  const stream = new SliceStream({
    seed: 11,
    firstEventId: 1_000_000,
    startMs: Date.UTC(2026, 0, 1, 23, 30),
    eventsPerSlice: 60,
    gcamEntries: 3,
  });
  await writeSlices(slices, stream.slices(4), { zipped: false });
  const [mentions] = (await readdir(slices)).filter((name) => name.endsWith(".mentions.CSV"));
  await appendFile(path.join(slices, mentions!), "no mention\n");
  const out = path.join(scratch, "out");
  const mart = { kind: "postgres", url: connection!.url } as const;
  const stop = new AbortController().signal;
  const clock = { nowMs: () => Date.now() };
  await replay({ ...REPLAY_DEFAULTS, slices, out, mart, close: true }, clock, () => {}, stop);

  for (const table of contract) assert.deepEqual(await martDifferences(database, table), []);
  assert.deepEqual(await brokenRules(database), []);
  for (const table of contract) {
    const sql = `select count(*) from ${customValue(table, "postgresTable")}`;
    assert.notDeepEqual(await ask(database, sql), [["0"]], table.name);
  }

  const python = await pythonReaders();
  if (python === null) return t.skip("no Python with deltalake, duckdb and pyarrow");
  for (const table of contract) {
    const rules = ruleQueries(table, "THE_TABLE");
    const read = (await runPython(python, READ, {
      path: path.join(out, table.physicalName),
      queries: rules.map(([, sql]) => sql),
    })) as ReadTable;
    assert.ok(read.files.length > 0, `${table.name} has no files`);
    assert.deepEqual(lakeDifferences(table, read), []);
    assert.deepEqual(
      rules.filter((_, i) => read.broken[i] !== 0).map(([rule]) => rule),
      [],
    );
    // And a table that is otherwise is found out.
    const [first, ...others] = table.properties;
    const wrong = [{ ...first!, physicalType: "date", required: !first!.required }, ...others];
    const planted = lakeDifferences(
      { ...table, properties: [...wrong.slice(0, -2), wrong.at(-1)!] },
      read,
    );
    const places = read.files.length + 1;
    assert.equal(planted.length, 3 * places, planted.join("\n"));
    assert.match(planted[0]!, new RegExp(`${first!.name}: type is .*, by contract date`));
  }
});

test("a mart that is not as the contract says is found out, by table and column", {
  skip,
}, async () => {
  await migrate(database, MIGRATIONS);
  const events = contract.find(({ name }) => name === "silver.events")!;
  await database.transaction((tx) =>
    tx.execute(`alter table silver.events add column note text, alter column sentence drop not null,
      alter column avg_tone type real;
      comment on column silver.events.status is 'something else'`),
  );
  assert.deepEqual(await martDifferences(database, events), [
    "silver.events.avg_tone: type is real, by contract double precision",
    "silver.events.sentence: nullable is true, by contract false",
    `silver.events.status: description is something else, by contract ${
      events.properties.find(({ name }) => name === "status")!.description
    }`,
    "silver.events.note is not in the contract",
  ]);
  const broken = `update silver.events set status = 'DONE' where global_event_id =
    (select min(global_event_id) from silver.events where status = 'SILVER_COMPLETE')`;
  await database.transaction((tx) => tx.execute(broken));
  assert.deepEqual(await brokenRules(database), [
    "1 rows break: silver.events: An event is SILVER_COMPLETE exactly if a document of it is known.",
    "1 rows break: silver.events: One of WAITING, SILVER_COMPLETE, EXPIRED.",
  ]);
});

test("a column that is declared is what the next migration adds, and nothing else is", {
  skip,
}, async () => {
  const tables = CONTRACT_TABLES.map(({ described, mart: { name } }) => ({
    described,
    mart: { name },
  }));
  const server = await service("postgres");
  const fresh = openPgDatabase(server.connection!.url);
  try {
    await migrate(fresh, MIGRATIONS);
    const changes = (of: typeof tables) => fresh.transaction((tx) => martChanges(tx, of));
    assert.equal(await changes(tables), "");
    const [{ described, mart }] = tables as [(typeof tables)[number]];
    const column = optional("offset", utf8, "GDELT's own.");
    const wider = { described: { ...described, columns: [...described.columns, column] }, mart };
    const sql = await changes([wider]);
    assert.equal(
      sql,
      'alter table silver.events add column "offset" text;\n' +
        "comment on column silver.events.\"offset\" is 'GDELT''s own.';\n",
    );
    await fresh.transaction((tx) => tx.execute(sql));
    assert.equal(await changes([wider]), "");
    await assert.rejects(changes(tables), /silver\.events: there is offset, which is not declared/);
    const [first, ...others] = described.columns;
    for (const [columns, message] of [
      [
        [{ ...first!, field: first!.field.clone({ type: utf8 }) }, ...others],
        /declared is global_event_id text not null, there is global_event_id bigint not null/,
      ],
      [others, /declared is event_date date, there is global_event_id/],
      [
        [...wider.described.columns, { ...first!, field: first!.field.clone({ name: "x" }) }],
        /x bigint not null is new, and a new column must be optional/,
      ],
    ] as const) {
      await assert.rejects(changes([{ described: { ...described, columns }, mart }]), message);
    }
  } finally {
    await fresh.close();
  }
});
