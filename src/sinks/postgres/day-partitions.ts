import type { Database, Transaction } from "./database.ts";
import type { SourcedRows } from "./row-source.ts";

const DAY_US = 86_400_000_000;
const DAY_MS = DAY_US / 1000;
const TWO_32 = 4_294_967_296;

/** By a function of the owner's, since who writes rows may not make tables (migrations/0003). */
const PROVIDE = "select ops.provide_day($1::regclass, $2::date)";

/**
 * The partitions of a table, one for each UTC day of its column `slice`. They are made when a row
 * needs them, in a transaction of their own before it: one that is made for nothing does no harm.
 */
export class DayPartitions {
  private readonly database: Database;
  private readonly table: string;
  private known: ReadonlySet<number> = new Set();

  constructor(database: Database, table: string) {
    this.database = database;
    this.table = table;
  }

  /** Looks up which there are. */
  async read(tx: Transaction): Promise<void> {
    this.known = new Set((await dayPartitionsOf(tx, this.table)).keys());
  }

  /** Makes those that are missing for the rows. */
  async provide(batches: readonly SourcedRows[]): Promise<void> {
    const days = missing(batches, this.known);
    if (days.size === 0) return;
    await this.database.transaction(async (tx) => {
      for (const day of days) await tx.query(PROVIDE, [this.table, dateOf(day)]);
    });
    this.known = new Set([...this.known, ...days]);
  }
}

/** The partitions that a table has, by their day since 1970. */
export async function dayPartitionsOf(
  tx: Transaction,
  table: string,
): Promise<Map<number, string>> {
  const { rows } = await tx.query(
    "select inhrelid::regclass::text from pg_inherits where inhparent = $1::regclass",
    [table],
  );
  return new Map(rows.map(([name]) => [dayOfName(name!), name!]));
}

/** Days of the rows, since 1970, that are not among the known. */
function missing(batches: readonly SourcedRows[], known: ReadonlySet<number>): Set<number> {
  const days = new Set<number>();
  for (const { rows } of batches) {
    const { buffer, byteOffset } = rows.getChild("slice")!.data[0]!.values as BigInt64Array;
    const words = new Int32Array(buffer as ArrayBuffer, byteOffset, rows.numRows * 2);
    for (let row = 0; row < rows.numRows; row++) {
      const timeUs = words[row * 2 + 1]! * TWO_32 + (words[row * 2]! >>> 0);
      const day = Math.floor(timeUs / DAY_US);
      if (!known.has(day)) days.add(day);
    }
  }
  return days;
}

/** `2015-02-18` of a day since 1970. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** `silver.events_20150218` → the day since 1970. */
function dayOfName(name: string): number {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}`) / DAY_MS;
}
