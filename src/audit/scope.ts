import type { LakeSql } from "../lake-sql/lake-sql.ts";
import type { Count, Findings } from "./findings.ts";
import type { Horizon } from "./horizon.ts";
import type { Publications } from "./publications.ts";

/** What one round of the audit looks at: a date of all tables, or one slice of it. */
export interface Scope {
  readonly lake: LakeSql;
  readonly publications: Publications;
  readonly horizon: Horizon;
  readonly findings: Findings;
  readonly accounts: Accounts;
  /** The partition, `YYYY-MM-DD`. */
  readonly date: string;
  /** Null for all slices of the date. */
  readonly sliceMs: number | null;
}

/** Rows of the scope's date and slice of a table, as something to select from. */
export function scopedRows({ lake, date, sliceMs }: Scope, folder: string): string {
  const rows = lake.rows(folder, new Set([date]));
  return sliceMs === null ? rows : `(FROM ${rows} WHERE slice = ${timestampAt(sliceMs)})`;
}

/** Whether a slice is looked at. */
export const isInScope = ({ date, sliceMs }: Scope, ms: number): boolean =>
  sliceMs === null ? dateOf(ms) === date : ms === sliceMs;

/** The partition of a slice. */
export const dateOf = (sliceMs: number): string => new Date(sliceMs).toISOString().slice(0, 10);

export const timestampAt = (ms: number): string =>
  `TIMESTAMPTZ '${new Date(ms).toISOString().replace("T", " ")}'`;

/** A list of the first few of an expression's values, in the rows of a group. */
export const fewOf = (text: string): string => `list(${text} ORDER BY ${text})[:3] AS examples`;

/** The query's rows, one per slice and feed: `slice_ms`, `feed`, `n`, `examples`. */
export const countsOf = async ({ lake }: Scope, sql: string): Promise<Count[]> =>
  (await lake.query(sql)) as unknown as Count[];

/** What has become of the rows of each slice and feed: how many, by their fate. */
export class Accounts {
  private readonly counts = new Map<number, Map<string, Map<string, number>>>();

  add(sliceMs: number, feed: string, fate: string, rows: number): void {
    const feeds = this.counts.get(sliceMs) ?? new Map<string, Map<string, number>>();
    this.counts.set(sliceMs, feeds);
    const fates = feeds.get(feed) ?? new Map<string, number>();
    feeds.set(feed, fates);
    fates.set(fate, (fates.get(fate) ?? 0) + rows);
  }

  slices(): number[] {
    return [...this.counts.keys()];
  }

  feedsOf(sliceMs: number): string[] {
    return [...(this.counts.get(sliceMs)?.keys() ?? [])];
  }

  of(sliceMs: number, feed: string): ReadonlyMap<string, number> {
    return this.counts.get(sliceMs)?.get(feed) ?? NONE;
  }
}

const NONE: ReadonlyMap<string, number> = new Map();
