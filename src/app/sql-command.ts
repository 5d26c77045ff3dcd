import type { SqlRow } from "../lake-sql/lake-sql.ts";
import { ConfigError } from "../record/errors.ts";
import { mustBeWhole, withLake } from "./lake-reader.ts";
import { parseArguments } from "./parse-arguments.ts";

/** `gdelt-streams sql "select …" --data <folder>`: a question to the tables, in DuckDB's SQL. */
export async function runSql(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [statement, ...others] = positionals;
  const { data, json = false } = values;
  if (statement === undefined || others.length > 0 || data === undefined) {
    throw new ConfigError('usage: gdelt-streams sql "select …" --data <folder> [--json]');
  }
  return await withLake(data, async (lake) => {
    mustBeWhole(lake);
    await lake.useViews(statement);
    const rows = await lake.query(statement);
    process.stdout.write(json ? `${JSON.stringify(rows)}\n` : tableText(rows));
    return 0;
  });
}

const CELL_MAX = 60;

/** Rows in columns as wide as what is in them; long values are cut, `--json` has them whole. */
function tableText(rows: readonly SqlRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cells = [names, ...rows.map((row) => names.map((name) => cellText(row[name]!)))];
  const widths = names.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  const lines = cells.map((line) => line.map((cell, i) => cell.padEnd(widths[i]!)).join("  "));
  return [
    ...lines.map((line) => line.trimEnd()),
    `(${rows.length} ${rows.length === 1 ? "row" : "rows"})`,
    "",
  ].join("\n");
}

function cellText(value: SqlRow[string]): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text;
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: { data: { type: "string" }, json: { type: "boolean" } },
  });
