import { readFile } from "node:fs/promises";
import path from "node:path";
import { GOLD_MARTS } from "../../src/app/gold/gold-marts.ts";
import { quoteText } from "../../src/lake-sql/delta-types.ts";
import type { Database, Transaction } from "../../src/sinks/postgres/database.ts";

const folder = path.join(import.meta.dirname, "expected");
const seeds = path.join(import.meta.dirname, "..", "..", "gold", "seeds");

/** What the answers are computed with: by another database, of its own copy of Silver. */
const NAMES: Readonly<Record<string, { seed: string; columns: string }>> = {
  fips: { seed: "fips_countries", columns: "fips_code text, place_eng text, iso_code text" },
  iso: { seed: "iso_countries", columns: "iso_code text, iso2 text, name_eng text, name_kor text" },
  root: {
    seed: "cameo_event_roots",
    columns: "event_root_code text, name_eng text, name_kor text",
  },
  code: { seed: "cameo_event_codes", columns: "event_code text, root_code text, phrase text" },
  role: { seed: "actor_roles", columns: "role_code text, name_eng text" },
  religion: { seed: "actor_religions", columns: "religion_code text, name_eng text" },
  ethnic: { seed: "actor_ethnic_groups", columns: "ethnic_code text, name_eng text" },
};

const COUNTRY = `create temp table country as
  select fips_code, iso_code, name_eng, name_kor from fips join iso using (iso_code)`;

/** Places after the point that Gold has; the last one may be rounded the other way. */
const TOLERANCE = 1.5e-6;

/**
 * Computes every mart again, in Postgres, from silver.events and silver.mentions there, and holds the
 * published one against it: every row and column, but for the clock's. Some rows that differ, each with
 * its mart, and how many rows each mart has.
 */
export const compareWithExpected = (
  database: Database,
): Promise<{ differences: string[]; rows: Record<string, number> }> =>
  database.transaction(async (tx) => {
    for (const [name, { seed, columns }] of Object.entries(NAMES))
      await loadSeed(tx, name, seed, columns);
    await tx.execute(COUNTRY);
    await tx.execute(await readFile(path.join(folder, "mapped.sql"), "utf8"));
    const differences: string[] = [];
    const rows: Record<string, number> = {};
    for (const { name } of GOLD_MARTS) {
      const expected = await readFile(path.join(folder, `${name}.sql`), "utf8");
      const found = await tx.query(await comparison(tx, name, expected));
      differences.push(...found.rows.map((row) => `${name}: ${row.join(" | ")}`));
      const { rows: counted } = await tx.query(`select count(*) from gold.${name}`);
      rows[name] = Number(counted[0]![0]);
    }
    for (const name of [...Object.keys(NAMES), "country", "mapped", "placed", "spread", "scored"]) {
      await tx.execute(`drop table pg_temp.${name}`);
    }
    return { differences, rows };
  });

async function loadSeed(tx: Transaction, name: string, seed: string, columns: string) {
  const [, ...lines] = (await readFile(path.join(seeds, `${seed}.csv`), "utf8")).trim().split("\n");
  await tx.execute(`create temp table ${name} (${columns})`);
  const values = lines.map((line) => {
    const fields = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)];
    return `(${fields.map(([, quoted, plain]) => quoteText(quoted ?? plain!)).join(", ")})`;
  });
  await tx.execute(`insert into ${name} values ${values.join(", ")}`);
}

async function comparison(tx: Transaction, name: string, expected: string): Promise<string> {
  const { rows: columns } = await tx.query(
    `select attname, format_type(atttypid, atttypmod),
        attnum = any((select conkey from pg_constraint where conrelid = attrelid and contype = 'p')::int2[])
      from pg_attribute where attrelid = 'gold.${name}'::regclass and attnum > 0`,
  );
  const keys = columns.filter(([, , isKey]) => isKey === "t").map(([column]) => column!);
  const others = columns.filter(([column, , isKey]) => isKey === "f" && column !== "processed_at");
  const differs = others.map(([column, type]) =>
    type === "double precision"
      ? `(e.${column} is null) <> (g.${column} is null) or abs(e.${column} - g.${column}) > ${TOLERANCE}`
      : `e.${column} is distinct from g.${column}`,
  );
  const shown = [...keys, ...others.map(([column]) => column!)].flatMap((column) => [
    `'${column}'`,
    `e.${column}`,
    `g.${column}`,
  ]);
  return `select ${shown.join(", ")} from (${expected}) as e full join gold.${name} as g
    on ${keys.map((key) => `e.${key} = g.${key}`).join(" and ")}
    where e.${keys[0]} is null or g.${keys[0]} is null or ${differs.join(" or ")} limit 2`;
}
