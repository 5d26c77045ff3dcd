import { RecordError } from "../record/errors.ts";
import type { Column, ColumnType } from "./columns.ts";
import { type Extras, parseExtras, parseTranslation, type Translation } from "./gkg-extras.ts";
import * as Gkg from "./gkg-fields.ts";
import { NumberParser, PARSED } from "./parse-number.ts";
import type { TsvRows } from "./tsv-rows.ts";

/** What a column of each type is to a TypeScript user, where it is not empty. */
interface Values {
  text: string;
  int32: number;
  /** Exact: no id comes near 2^53. */
  int64: number;
  float64: number;
  /** Midnight UTC. */
  date: Date;
  stamp: Date;
  counts: readonly Gkg.Count[];
  offsetCounts: readonly Gkg.Count[];
  names: readonly string[];
  offsetNames: readonly Gkg.NameAt[];
  locations: readonly Gkg.Place[];
  offsetLocations: readonly Gkg.PlaceAt[];
  tone: Gkg.Tone | null;
  dates: readonly Gkg.DateMention[];
  gcam: ReadonlyMap<string, number>;
  urls: readonly string[];
  quotations: readonly Gkg.Quotation[];
  amounts: readonly Gkg.Amount[];
  translation: Translation | null;
  extras: Extras;
}

/** Types whose empty field is null; the others have an empty list of their own. */
type Scalar = "text" | "int32" | "int64" | "float64" | "date" | "stamp";

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

type ValueOf<C extends Column> = C["type"] extends Scalar
  ? C["required"] extends true
    ? Values[C["type"]]
    : Values[C["type"]] | null
  : Values[C["type"]];

/** An object with one property per column, named in camel case: `event.actionGeoFullname`. */
export type RowView<T extends readonly Column[]> = {
  readonly [C in T[number] as Camel<C["snakeName"]>]: ValueOf<C>;
};

type Read<T> = (bytes: Uint8Array, start: number, end: number) => T;
type NumberType = "int32" | "int64" | "float64" | "date" | "stamp";

const parser = new NumberParser();

function number(type: NumberType): Read<number> {
  return (bytes, start, end) => {
    if (parser[type](bytes, start, end) === PARSED) return parser.value;
    throw new RecordError(`"${Gkg.fieldText(bytes, start, end)}" is no ${type}`);
  };
}

const DAY_MS = 86_400_000;
const [readDay, readStamp] = [number("date"), number("stamp")];

const READERS: { readonly [T in ColumnType]: Read<Values[T]> } = {
  text: Gkg.fieldText,
  int32: number("int32"),
  int64: number("int64"),
  float64: number("float64"),
  date: (bytes, start, end) => new Date(readDay(bytes, start, end) * DAY_MS),
  stamp: (bytes, start, end) => new Date(readStamp(bytes, start, end)),
  counts: Gkg.parseCounts,
  offsetCounts: Gkg.parseOffsetCounts,
  names: Gkg.parseNames,
  offsetNames: Gkg.parseOffsetNames,
  locations: Gkg.parseLocations,
  offsetLocations: Gkg.parseOffsetLocations,
  tone: Gkg.parseTone,
  dates: Gkg.parseDates,
  gcam: Gkg.parseGcam,
  urls: Gkg.parseNames,
  quotations: Gkg.parseQuotations,
  amounts: Gkg.parseAmounts,
  translation: parseTranslation,
  extras: parseExtras,
};

const SCALARS: ReadonlySet<ColumnType> = new Set<ColumnType>([
  "text",
  "int32",
  "int64",
  "float64",
  "date",
  "stamp",
] satisfies Scalar[]);

/** Where a view's row lies. */
abstract class Row {
  protected readonly rows: TsvRows;
  protected readonly row: number;

  constructor(rows: TsvRows, row: number) {
    this.rows = rows;
    this.row = row;
  }

  protected read({ index, name, type, required }: Column): unknown {
    const { rows, row } = this;
    const start = rows.fieldStart(row, index);
    const end = rows.fieldEnd(row, index);
    if (start >= end && SCALARS.has(type)) {
      if (required) throw new RecordError(`${name} is missing in row ${row}`);
      return null;
    }
    try {
      return READERS[type](rows.bytes, start, end);
    } catch (cause) {
      if (!(cause instanceof RecordError)) throw cause;
      throw new RecordError(`${name} of row ${row}: ${cause.message}`, { cause });
    }
  }
}

const camel = (snakeName: string): string =>
  snakeName.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The class of lazy row objects of a feed. A property decodes its field whenever it is read, so a
 * column which nobody reads costs nothing; a view is valid as long as its rows are. A field which
 * does not parse throws a `RecordError` when it is read, never before.
 */
export function rowViewOf<const T extends readonly Column[]>(
  columns: T,
): new (
  rows: TsvRows,
  row: number,
) => RowView<T> {
  class View extends Row {}
  for (const column of columns) {
    Object.defineProperty(View.prototype, camel(column.snakeName), {
      get(this: View) {
        return this.read(column);
      },
      enumerable: true,
    });
  }
  return View as unknown as new (
    rows: TsvRows,
    row: number,
  ) => RowView<T>;
}
