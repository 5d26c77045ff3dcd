import { RecordError } from "../record/errors.ts";
import type { Column, ColumnType } from "./columns.ts";
import { EMPTY, MALFORMED, NumberParser, PARSED, type ParseStatus } from "./parse-number.ts";
import { TsvRows } from "./tsv-rows.ts";

/** Texts and names are stored with 16-bit lengths. */
const TEXT_BYTES_MAX = 65_535;

/** Bytes of a bad value which are worth quoting. */
const QUOTED_BYTES_MAX = 64;

/** The numbers of a GKG tone field. */
const TONE_NUMBERS = 7;

const COMMA = 44;
const SEMICOLON = 59;

/** Why a row cannot be used, as `code: column "value"`, or null when nothing is wrong with it. */
export type RowProblem = (rows: TsvRows, row: number) => string | null;

const CHECKED: ReadonlySet<ColumnType> = new Set<ColumnType>([
  "int32",
  "int64",
  "float64",
  "date",
  "stamp",
  "tone",
]);

/**
 * The check of the rows of one feed: the number of fields, UTF-8, required fields, and that every
 * typed field is empty or parses. A row which passes can be read without asking again. The other
 * sub-formats of GKG are not looked into: nothing that the pipeline computes depends on them.
 */
export function rowProblem(columns: readonly Column[]): RowProblem {
  const parser = new NumberParser();
  const checked = columns.filter(({ type, required }) => required || CHECKED.has(type));

  return (rows, row) => {
    const count = rows.fieldCount(row);
    if (count !== columns.length) return `field_count: ${count}, expected ${columns.length}`;
    if (!rows.isUtf8Row(row)) return invalidUtf8(columns, rows, row);
    for (let i = 0; i < checked.length; i++) {
      const { index, type, required } = checked[i]!;
      const start = rows.fieldStart(row, index);
      const end = rows.fieldEnd(row, index);
      const status = parseField(parser, type, rows.bytes, start, end);
      if (status === MALFORMED) return badValue(columns[index]!, rows, row);
      if (required && start >= end) return `missing: ${columns[index]!.name}`;
    }
    const short = rows.rowEnd(row) - rows.rowStart(row) <= TEXT_BYTES_MAX;
    return short ? null : tooLong(columns, rows, row);
  };
}

function parseField(
  parser: NumberParser,
  type: ColumnType,
  bytes: Uint8Array,
  start: number,
  end: number,
): ParseStatus {
  switch (type) {
    case "int32":
      return parser.int32(bytes, start, end);
    case "int64":
      return parser.int64(bytes, start, end);
    case "float64":
      return parser.float64(bytes, start, end);
    case "date":
      return parser.date(bytes, start, end);
    case "stamp":
      return parser.stamp(bytes, start, end);
    case "tone":
      return parseTone(parser, bytes, start, end);
    default:
      return EMPTY;
  }
}

function parseTone(
  parser: NumberParser,
  bytes: Uint8Array,
  start: number,
  end: number,
): ParseStatus {
  if (start >= end) return EMPTY;
  let numbers = 0;
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && bytes[at] !== COMMA) continue;
    if (parser.float64(bytes, from, at) !== PARSED) return MALFORMED;
    numbers++;
    from = at + 1;
  }
  return numbers === TONE_NUMBERS ? PARSED : MALFORMED;
}

function badValue({ name, type, index }: Column, rows: TsvRows, row: number): string {
  const code = type === "date" || type === "stamp" ? "bad_date" : "bad_number";
  const start = rows.fieldStart(row, index);
  const end = Math.min(rows.fieldEnd(row, index), start + QUOTED_BYTES_MAX);
  const value = Buffer.from(rows.bytes.subarray(start, end)).toString();
  return `${code}: ${name} ${JSON.stringify(value)}`;
}

function invalidUtf8(columns: readonly Column[], rows: TsvRows, row: number): string {
  const bad = columns.find(({ index }) => !rows.isUtf8Field(row, index));
  return `invalid_utf8: ${bad?.name}`;
}

function tooLong(columns: readonly Column[], rows: TsvRows, row: number): string | null {
  for (const { index, name, type } of columns) {
    const start = rows.fieldStart(row, index);
    const end = rows.fieldEnd(row, index);
    if (type !== "text" && type !== "offsetNames") continue;
    const longest = type === "text" ? end - start : longestBlock(rows.bytes, start, end);
    if (longest > TEXT_BYTES_MAX) {
      return `too_long: ${name} ${longest} bytes, at most ${TEXT_BYTES_MAX}`;
    }
  }
  return null;
}

function longestBlock(bytes: Uint8Array, start: number, end: number): number {
  let longest = 0;
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && bytes[at] !== SEMICOLON) continue;
    longest = Math.max(longest, at - from);
    from = at + 1;
  }
  return longest;
}

/**
 * One line, without its newline, as a batch of one row. The bytes are kept, not copied.
 * @throws RecordError with the problem, if there is one.
 */
export function rowsOfLine(line: Uint8Array, columns: number, problem: RowProblem): TsvRows {
  const rows = new TsvRows(columns);
  const [starts, ends] = [Int32Array.of(0), Int32Array.of(line.length)];
  rows.load({ bytes: line, starts, ends, length: 1 });
  const reason = problem(rows, 0);
  if (reason !== null) throw new RecordError(reason);
  return rows;
}
