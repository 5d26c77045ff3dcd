import pg from "pg";
import type { MartAnswer } from "./mart-question.ts";

const BYTEA = 17;
const BIGINT = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMP_WITH_ZONE = 1184;

/** Smaller integers, floating point, numeric: they stand at the right. */
const NUMBERS = new Set([BIGINT, 21, 23, 700, 701, 1700]);

/** One JSON object for each row. */
export function* jsonLines({ columns, rows }: MartAnswer): Generator<string> {
  for (const row of rows) {
    const entries = columns.map(({ name, type }, i) => [name, jsonValue(type, row[i]!)]);
    yield `${JSON.stringify(Object.fromEntries(entries))}\n`;
  }
}

function jsonValue(type: number, text: string | null): unknown {
  if (text === null) return null;
  switch (type) {
    case BIGINT: {
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : text;
    }
    case TIMESTAMP_WITH_ZONE:
      return new Date(text).toISOString();
    // Without a zone, or bytes: text is all there is.
    case DATE:
    case TIMESTAMP:
    case BYTEA:
      return text;
    default:
      return pg.types.getTypeParser(type)(text);
  }
}

/** The rows under each other, as wide as they are, and how many. */
export function alignedTable({ columns, rows, more }: MartAnswer): string {
  const cells = rows.map((row) => row.map((text) => printable(text ?? "")));
  const names = columns.map(({ name }) => printable(name));
  const widths = names.map((name, i) =>
    cells.reduce((most, row) => Math.max(most, width(row[i]!)), width(name)),
  );
  const line = (texts: readonly string[], pad: (text: string, i: number) => string) =>
    texts.map(pad).join("  ").trimEnd();
  const toLeft = (text: string, i: number) => text + " ".repeat(widths[i]! - width(text));
  const toRight = (text: string, i: number) => " ".repeat(widths[i]! - width(text)) + text;
  const aligned = (text: string, i: number) =>
    NUMBERS.has(columns[i]!.type) ? toRight(text, i) : toLeft(text, i);
  const count = more ? `the first ${rows.length} rows; --limit N for more` : plural(rows.length);
  return [
    line(names, aligned),
    line(
      widths.map((length) => "-".repeat(length)),
      toLeft,
    ),
    ...cells.map((row) => line(row, aligned)),
    `(${count})`,
    "",
  ].join("\n");
}

const plural = (rows: number): string => (rows === 1 ? "1 row" : `${rows} rows`);

/** Text is from the web: a line stays a line, and no terminal is told anything. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "\u{b7}");

/** In characters; those that are two columns wide are rare here. */
const width = (text: string): number => [...text].length;
