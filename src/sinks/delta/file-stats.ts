import type { FileMetaData, Statistics } from "hyparquet";
import { readFooter } from "./parquet-footer.ts";

/** Delta's own default: readers look no further, and a longer log costs everyone. */
export const INDEXED_COLUMNS_MAX = 32;
const TEXT_MAX = 32;

/**
 * Types with statistics. Of the others not even nulls are counted, and of these every bound there
 * can be is given: delta-rs 1.6, read as a pyarrow data set, finds no row by a column of which it
 * has the null count and no bounds.
 */
const BOUNDED = new Set([
  "UTF8",
  "TIMESTAMP_MICROS",
  "TIMESTAMP_MILLIS",
  "DATE",
  "DOUBLE",
  "FLOAT",
  "BOOLEAN",
  "INT_8",
  "INT_16",
  "INT32",
  "INT64",
]);

type Value = string | number | bigint | boolean;

/** null: no value seen so far. undefined: not known. */
type Bound = Value | null | undefined;

interface ColumnStats {
  readonly type: string;
  min: Bound;
  max: Bound;
  nulls: bigint | undefined;
}

interface NamedStats extends ColumnStats {
  readonly name: string;
}

export interface FileStats {
  readonly rows: number;
  /** The `stats` of an add action. */
  readonly json: string;
}

/** Delta statistics of a Parquet file, out of its footer. */
export function fileStats(bytes: Uint8Array): FileStats {
  const footer = readFooter(bytes);
  const rows = Number(footer.num_rows);
  const columns = flatColumns(footer);
  const bounds = columns.map(({ type, min, max }) => {
    const lower = boundJson(type, min, false);
    const upper = boundJson(type, max, true);
    return lower === undefined || upper === undefined ? null : { lower, upper };
  });
  const entries = (value: (at: number) => string | undefined) =>
    `{${columns
      .map(({ name }, at) => [name, value(at)] as const)
      .filter(([, json]) => json !== undefined)
      .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
      .join(",")}}`;
  const min = entries((at) => bounds[at]?.lower);
  const max = entries((at) => bounds[at]?.upper);
  const nulls = entries((at) => columns[at]!.nulls?.toString());
  const json = `{"numRecords":${rows},"minValues":${min},"maxValues":${max},"nullCount":${nulls}}`;
  return { rows, json };
}

function flatColumns(footer: FileMetaData): NamedStats[] {
  const types = footer.schema.filter((element) => element.num_children === undefined);
  const found = new Map<string, ColumnStats>();
  for (const { columns, num_rows: rows } of footer.row_groups) {
    for (const [i, { meta_data: data }] of columns.entries()) {
      if (data === undefined || data.path_in_schema.length !== 1) continue;
      const name = data.path_in_schema[0]!;
      let column = found.get(name);
      if (column === undefined) {
        if (found.size === INDEXED_COLUMNS_MAX) continue;
        const { type: physical, converted_type } = types[i]!;
        const type = converted_type ?? physical ?? "";
        if (!BOUNDED.has(type)) continue;
        column = { type, min: null, max: null, nulls: 0n };
        found.set(name, column);
      }
      merge(column, data.statistics, rows);
    }
  }
  return [...found].map(([name, column]) => ({ name, ...column }));
}

function merge(column: ColumnStats, stats: Statistics | undefined, rows: bigint): void {
  const nulls = stats?.null_count;
  column.nulls = add(column.nulls, nulls);
  // A row group of nulls has no bounds and moves none; any other without them leaves us with none.
  if (nulls === rows) return;
  column.min = wider(column.min, stats?.min_value as Value | undefined, before);
  column.max = wider(column.max, stats?.max_value as Value | undefined, (a, b) => before(b, a));
}

const add = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

function wider(known: Bound, value: Value | undefined, beats: typeof before): Bound {
  if (known === undefined || value === undefined) return undefined;
  return known === null || beats(value, known) ? value : known;
}

/** Order of readers: text by its UTF-8 bytes, which JavaScript's own order is not. */
function before(a: Value, b: Value): boolean {
  if (typeof a !== "string" || typeof b !== "string") return a < b;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

/** A bound as JSON, rounded outwards; undefined where it is not known or JSON has no such number. */
function boundJson(type: string, value: Bound, upper: boolean): string | undefined {
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case "UTF8":
      return JSON.stringify(upper ? roundedUp(value as string) : cut(value as string));
    case "TIMESTAMP_MICROS":
      return timeJson(wholeMs(value as bigint, upper), 24);
    case "TIMESTAMP_MILLIS":
      return timeJson(Number(value), 24);
    case "DATE":
      return timeJson(Number(value) * DAY_MS, 10);
    case "DOUBLE":
    case "FLOAT":
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    default:
      return value.toString();
  }
}

const DAY_MS = 86_400_000;

/** Milliseconds at or below (`upper`: at or above) the microseconds. */
function wholeMs(us: bigint, upper: boolean): number {
  const rest = ((us % 1000n) + 1000n) % 1000n;
  return Number((us - rest) / 1000n) + (upper && rest > 0n ? 1 : 0);
}

/** ISO 8601, the first `length` characters; none outside the years which all readers know. */
function timeJson(ms: number, length: number): string | undefined {
  if (!(ms >= -62_135_596_800_000 && ms < 253_402_300_800_000)) return undefined;
  return `"${new Date(ms).toISOString().slice(0, length)}"`;
}

/** The first characters, which sort before or at the whole. */
const cut = (text: string): string => Array.from(text).slice(0, TEXT_MAX).join("");

/** A short text that sorts after all which begin like this one, or this one where there is none. */
function roundedUp(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= TEXT_MAX) return text;
  for (let last = TEXT_MAX - 1; last >= 0; last--) {
    const code = characters[last]!.codePointAt(0)!;
    if (code === 0x10ffff) continue;
    // U+D800 to U+DFFF are no characters: the one after U+D7FF is U+E000.
    const next = String.fromCodePoint(code === 0xd7ff ? 0xe000 : code + 1);
    return characters.slice(0, last).join("") + next;
  }
  return text;
}
