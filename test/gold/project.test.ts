import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { GOLD_MARTS } from "../../src/app/gold/gold-marts.ts";
import { runGold } from "../../src/app/gold/gold-run.ts";
import { CAMEO_COUNTRIES } from "../../src/gdelt/cameo-countries.ts";
import { CAMEO_VERBS } from "../../src/gdelt/cameo-verbs.ts";
import { NATIONS } from "../../src/ingest/slice-generator/nations.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import {
  goldServices,
  openGold,
  replayInto,
  scratchFolder,
  writeInvented,
} from "./gold-fixture.ts";

const root = path.join(import.meta.dirname, "..", "..");
const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
const services = await goldServices();
const { skip } = services;
const scratch = await scratchFolder();
const lake = path.join(scratch, "lake");
const target = path.join(lake, "gold", "target");

interface Column {
  readonly name: string;
  readonly data_type: string;
  readonly description: string;
}

interface Manifest {
  readonly nodes: Readonly<
    Record<string, { name: string; description: string; columns: Record<string, Column> }>
  >;
  readonly exposures: Readonly<Record<string, { depends_on: { nodes: readonly string[] } }>>;
}

const manifest = async (): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(target, "manifest.json"), "utf8"));

const inPostgres: Readonly<Record<string, string>> = {
  varchar: "text",
  "varchar[]": "text[]",
  double: "double precision",
};

test("the tables of Postgres are those of the models, column by column, with their texts", {
  skip,
}, async () => {
  await writeInvented(path.join(scratch, "slices"), 1, 3);
  await replayInto(path.join(scratch, "slices"), lake, services.url);
  const gold = await openGold({ ...services, lake, folder: path.join(lake, "gold") });
  try {
    await runGold(gold.work, "slice");
    const { nodes } = await manifest();
    for (const { name } of GOLD_MARTS) {
      const { description, columns } = nodes[`model.gdelt_gold.${name}`]!;
      const found = await ask(
        gold.work.database,
        `select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
          from pg_attribute where attrelid = 'gold.${name}'::regclass and attnum > 0 order by attnum`,
      );
      const expected = Object.values(columns).map((column) => [
        column.name,
        inPostgres[column.data_type] ?? column.data_type,
        column.description,
      ]);
      assert.deepEqual(found, expected, name);
      const table = await ask(
        gold.work.database,
        `select obj_description('gold.${name}'::regclass, 'pg_class')`,
      );
      assert.deepEqual(table, [[description]]);
    }
  } finally {
    await gold.close();
  }
});

test("every table of Gold is published, and every one has somebody who looks at it", {
  skip,
}, async () => {
  const { nodes, exposures } = await manifest();
  const names = GOLD_MARTS.map(({ name }) => `model.gdelt_gold.${name}`).sort();
  const models = Object.keys(nodes).filter((id) => id.startsWith("model.gdelt_gold.gold_"));
  assert.deepEqual(models.sort(), names);
  const looked = Object.values(exposures).flatMap(({ depends_on }) => depends_on.nodes);
  assert.deepEqual([...new Set(looked)].sort(), names);
});

test("the unit tests of the models hold, and their pages are made by a command", {
  skip,
}, async () => {
  const dbt = (...args: string[]) => {
    const of = ["--lake", lake, "--work", path.join(lake, "gold"), "--python", services.python];
    return promisify(execFile)(process.execPath, [program, "gold", "dbt", ...of, "--", ...args]);
  };
  const { stdout } = await dbt("test", "--select", "test_type:unit");
  assert.match(stdout, /PASS=5 WARN=0 ERROR=0/);
  await dbt("docs", "generate", "--static", "--quiet");
  assert.ok((await stat(path.join(target, "static_index.html"))).size > 1_000_000);
  await dbt("source", "freshness", "--quiet");
});

/** The first column of a seed. */
async function codesOf(seed: string): Promise<string[]> {
  const text = await readFile(path.join(root, "gold", "seeds", `${seed}.csv`), "utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(",")));
}

test("codes of the seeds are those that the program knows", async () => {
  assert.deepEqual((await codesOf("cameo_event_codes")).sort(), Object.keys(CAMEO_VERBS).sort());
  const iso = await codesOf("iso_countries");
  const unknown = iso.filter((code) => !CAMEO_COUNTRIES.has(code));
  assert.deepEqual(unknown, [], "an actor of that country would have no name in a sentence");
  const fips = new Set(await codesOf("fips_countries"));
  assert.deepEqual(
    NATIONS.filter(({ centre }) => !fips.has(centre.country)).map(({ name }) => name),
    [],
  );
});

test("a place's country is that which FIPS means, where ISO means another", async () => {
  const text = await readFile(path.join(root, "gold", "seeds", "fips_countries.csv"), "utf8");
  const iso = new Map(
    text
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, 2), line.slice(-3)]),
  );
  const traps = {
    KS: "KOR",
    KN: "PRK",
    CH: "CHN",
    SZ: "CHE",
    GM: "DEU",
    AS: "AUS",
    AU: "AUT",
    NG: "NER",
    NI: "NGA",
  };
  for (const [fips, code] of Object.entries(traps)) assert.equal(iso.get(fips), code, fips);
});
