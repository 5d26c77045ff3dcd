import { ConfigError } from "../record/errors.ts";
import { openPgDatabase } from "../sinks/postgres/pg-database.ts";
import { alignedTable, jsonLines } from "./answer-format.ts";
import { askOwner } from "./mart-client.ts";
import { runMartMigrate } from "./mart-migrate-command.ts";
import { EmbeddedMart, type MartPlace, parseMartPlace } from "./mart-place.ts";
import { ask, type MartAnswer, type MartQuestion, QuestionRefused } from "./mart-question.ts";
import { parseArguments } from "./parse-arguments.ts";
import { wholeNumber } from "./replay-options.ts";

export const MART_DEFAULTS = { limit: 1000, timeout: 30 } as const;

/** `gdelt-streams mart "<SQL>" --data <folder>`: what is in the mart, in SQL. */
export async function runMart(args: readonly string[]): Promise<number> {
  if (args[0] === "migrate") return await runMartMigrate(args.slice(1));
  const { question, place, data, json } = parseMart(args);
  const answer = await askMart(question, place, data).catch((error: unknown) => {
    throw error instanceof QuestionRefused ? explained(error, question.sql) : error;
  });
  if (!json) process.stdout.write(alignedTable(answer));
  else for (const line of jsonLines(answer)) process.stdout.write(line);
  return 0;
}

function parseMart(args: readonly string[]) {
  const { values, positionals } = parse([...args]);
  const [sql, ...others] = positionals;
  const place: MartPlace = parseMartPlace(values.mart ?? "pglite");
  const data = values.data ?? null;
  if (sql === undefined || others.length > 0 || (place.kind === "pglite" && data === null)) {
    throw new ConfigError(
      'usage: gdelt-streams mart "<SQL>" --data <folder>, or --mart postgres://…',
    );
  }
  const { limit = String(MART_DEFAULTS.limit), timeout = String(MART_DEFAULTS.timeout) } = values;
  const rowsMax = wholeNumber("limit", limit, 1, 1_000_000);
  const timeoutMs = wholeNumber("timeout", timeout, 1, 86_400) * 1000;
  return { question: { sql, rowsMax, timeoutMs }, place, data, json: values.json === true };
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      mart: { type: "string" },
      json: { type: "boolean" },
      limit: { type: "string" },
      timeout: { type: "string" },
    },
  });

async function askMart(
  question: MartQuestion,
  place: MartPlace,
  data: string | null,
): Promise<MartAnswer> {
  if (place.kind === "postgres") {
    const database = openPgDatabase(place.url);
    return await ask(database, question).finally(() => database.close());
  }
  const mart = new EmbeddedMart(data!);
  if (!mart.exists) {
    throw new ConfigError(`there is no embedded mart in ${data}: replay with --mart pglite`);
  }
  const answer = await askOwner(mart.socket, question);
  if (answer !== null) return answer;
  const database = await mart.open();
  return await ask(database, question).finally(() => database.close());
}

/** With the place in the question, as far as the database names one. */
function explained({ refusal, cause }: QuestionRefused, sql: string): ConfigError {
  const { message, code, position, detail, hint } = refusal;
  const lines = [`the mart refuses the question: ${message} (${code})`];
  if (position !== undefined) {
    const before = [...sql].slice(0, position - 1).join("");
    const start = before.lastIndexOf("\n") + 1;
    const end = sql.indexOf("\n", start);
    lines.push(`  ${end < 0 ? sql.slice(start) : sql.slice(start, end)}`);
    lines.push(`  ${" ".repeat([...before.slice(start)].length)}^`);
  }
  if (detail !== undefined) lines.push(`  ${detail}`);
  if (hint !== undefined) lines.push(`  ${hint}`);
  return new ConfigError(lines.join("\n"), { cause });
}
