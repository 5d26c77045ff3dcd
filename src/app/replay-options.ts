import { ConfigError } from "../record/errors.ts";
import type { MartPlace } from "./mart-place.ts";

/** What `gdelt-streams replay` was asked for. */
export interface ReplayOptions {
  /** Folder of slices as GDELT publishes them. */
  readonly slices: string;
  /** Folder of the tables, and of what is needed to go on after an interruption. */
  readonly out: string;
  /** Brokers of the log, `host:port` each; null for a log of its own below `out`. */
  readonly kafka: readonly string[] | null;
  /** Where the tables go, and the checkpoints: a folder or `s3://bucket/prefix`; null: `out`. */
  readonly tables: string | null;
  readonly checkpoints: string | null;
  readonly json: boolean;
  /** End all windows at the end; what waits expires, and nothing can be added afterwards. */
  readonly close: boolean;
  readonly translation: boolean;
  /** Keep every published row in tables of its own too. */
  readonly bronze: boolean;
  readonly partitions: number;
  readonly retentionDays: number;
  /** A relational mart to feed as well; null: none. */
  readonly mart: MartPlace | null;
}

export const REPLAY_DEFAULTS = {
  tables: null,
  checkpoints: null,
  kafka: null,
  json: false,
  close: false,
  translation: false,
  bronze: false,
  partitions: 1,
  retentionDays: 8,
  mart: null,
} as const;

/** A whole number from an argument. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}
