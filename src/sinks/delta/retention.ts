import { ConfigError } from "../../record/errors.ts";
import type { MetaData } from "./actions.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

const REMOVED_FILES = "delta.deletedFileRetentionDuration";
const LOG = "delta.logRetentionDuration";

/** How long a removed file is kept for those who read an older version: Delta's default is a week. */
export const removedFileRetentionMs = (metaData: MetaData): number =>
  intervalMs(metaData, REMOVED_FILES, 7 * 86_400_000);

/** How long a version can be read: Delta's default is 30 days. */
export const logRetentionMs = (metaData: MetaData): number =>
  intervalMs(metaData, LOG, 30 * 86_400_000);

/** What somebody wants a table to keep; null: it is for the table to say. */
export interface RetentionWish {
  readonly removedFilesMs: number | null;
  readonly logMs: number | null;
}

/** The properties by which a table says so, to whoever cleans it. */
export function retentionProperties({ removedFilesMs, logMs }: RetentionWish) {
  const wishes = [
    [REMOVED_FILES, removedFilesMs],
    [LOG, logMs],
  ] as const;
  const said = wishes.flatMap(([name, ms]) => (ms === null ? [] : [[name, intervalText(ms)]]));
  return Object.fromEntries(said) as Readonly<Record<string, string>>;
}

/** In the largest unit of which it is a whole number. */
function intervalText(ms: number): string {
  const [unit, unitMs] = Object.entries(UNITS_MS).findLast(([, size]) => ms % size === 0)!;
  return `interval ${ms / unitMs} ${unit}s`;
}

/** A property like `interval 1 week` or `interval 2 days 12 hours`. */
function intervalMs({ configuration }: MetaData, property: string, usualMs: number): number {
  const text = configuration[property];
  if (text === undefined) return usualMs;
  const interval = text.replace(/^\s*interval\s+/i, "");
  const parts = [...interval.matchAll(/(\d+)\s+([a-z]+?)s?(?:\s+|$)/gi)];
  const isWhole = parts.map(([part]) => part).join("") === interval;
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[unit!.toLowerCase()] ?? Number.NaN),
    0,
  );
  if (isWhole && parts.length > 0 && !Number.isNaN(ms)) return ms;
  throw new ConfigError(
    `table property ${property}: "${text}" is no interval like "interval 7 days"`,
  );
}
