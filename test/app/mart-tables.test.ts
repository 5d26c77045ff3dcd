import assert from "node:assert/strict";
import { test } from "node:test";
import { MIGRATIONS } from "../../src/app/mart.ts";
import { MART_TABLES } from "../../src/app/mart-tables.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { postgresType } from "../../src/sinks/postgres/column-type.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { migrate } from "../../src/sinks/postgres/migrations.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import { testDatabases } from "../sinks/postgres/test-databases.ts";

/** Tables and views of ours; partitions are parts of them. */
const OURS = `pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('silver', 'ops', 'gold') and not c.relispartition`;

for (const { name, skip, open } of await testDatabases()) {
  const check = (behaviour: string, body: (database: Database) => Promise<void>) =>
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const database = await open();
      await migrate(database, MIGRATIONS);
      await body(database);
    });

  check("the tables have the columns of the lake's, in their order", async (database) => {
    for (const { table } of MART_TABLES) {
      const found = await ask(
        database,
        `select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
          where attrelid = '${table.name}'::regclass and attnum > 0 and not attisdropped
          order by attnum`,
      );
      const expected = table.schema.fields.map((field) => [
        field.name,
        postgresType(field).name,
        field.nullable ? "f" : "t",
      ]);
      assert.deepEqual(found, expected, table.name);
    }
  });

  check("the key by which a sink writes is unique in the table", async (database) => {
    for (const { table } of MART_TABLES) {
      const found = await ask(
        database,
        `select string_agg(attname, ',' order by array_position(indkey::int2[], attnum))
          from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
          where indrelid = '${table.name}'::regclass and indisunique group by indexrelid`,
      );
      assert.deepEqual(found, [[table.key.join(",")]], table.name);
    }
  });

  check("the tables that are split by day are those whose sink says so", async (database) => {
    const found = await ask(
      database,
      `select format('%s.%s', n.nspname, c.relname), pg_get_partkeydef(c.oid)
        from ${OURS} and c.relkind = 'p' order by 1`,
    );
    const byDay = MART_TABLES.filter(({ table }) => table.byDay).map(({ table }) => table.name);
    assert.deepEqual(
      found,
      byDay.sort().map((table) => [table, "RANGE (slice)"]),
    );
  });

  check("everything says what it is", async (database) => {
    const silent = await ask(
      database,
      `select 'schema ' || nspname from pg_namespace
          where nspname in ('silver', 'ops', 'gold') and obj_description(oid, 'pg_namespace') is null
        union all
        select 'relation ' || c.oid::regclass from ${OURS} and c.relkind in ('r', 'p', 'v')
          and obj_description(c.oid, 'pg_class') is null
        union all
        select 'column ' || a.attrelid::regclass || '.' || a.attname
          from pg_attribute a, ${OURS} and c.relkind in ('r', 'p', 'v') and a.attrelid = c.oid
          and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null
        union all
        select 'index ' || c.oid::regclass from pg_index i, ${OURS} and c.relkind in ('i', 'I')
          and i.indexrelid = c.oid and not i.indisunique
          and obj_description(c.oid, 'pg_class') is null`,
    );
    assert.deepEqual(silent, []);
    const [[described]] = (await ask(
      database,
      `select count(*) from pg_description d, ${OURS} and d.objoid = c.oid and d.objsubid > 0`,
    )) as [[string]];
    assert.ok(Number(described) > 130, `${described} columns are described`);
  });
}

test("every table node of the topology that is the mart's has its table", () => {
  const topology = silverTopology({ ...SILVER_DEFAULTS, mart: true });
  const nodes = topology.subTopologies.flatMap(({ nodes }) => nodes);
  const marts = nodes.filter(({ kind, name }) => kind === "table" && name.endsWith("-mart"));
  assert.deepEqual(
    marts.map(({ name }) => name).sort(),
    MART_TABLES.map(({ node }) => node).sort(),
  );
});
