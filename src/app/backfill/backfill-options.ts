import { ConfigError } from "../../record/errors.ts";
import { FEED_DEFAULTS, quarter } from "../feed-options.ts";
import { parseArguments } from "../parse-arguments.ts";
import { REPLAY_DEFAULTS, wholeNumber } from "../replay-options.ts";

/** Where the slices of a backfill go. */
export type BackfillTarget =
  /** Through a log of its own into tables, below `out` unless `tables` is another place. */
  | { readonly kind: "tables"; readonly out: string; readonly tables: string | null }
  /** Into the Kafka of the replicas with this configuration, no faster than they join. */
  | { readonly kind: "kafka"; readonly config: string };

/** What `gdelt-streams backfill` was asked for. */
export interface BackfillOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly source: string;
  readonly target: BackfillTarget;
  /** Threads that read files. */
  readonly threads: number;
  readonly translation: boolean;
  readonly retentionDays: number;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const THREADS_MAX = 64;
export const BACKFILL_DEFAULTS = { source: FEED_DEFAULTS.feed, threads: 2 } as const;
const USAGE =
  "usage: gdelt-streams backfill --from STAMP --to STAMP --out <folder> | --config <file> " +
  "[--source live|URL|folder|s3://bucket/prefix]";

/** @throws ConfigError */
export function parseBackfill(args: string[]): BackfillOptions {
  const { values } = parse(args);
  const { from, to, threads, "retention-days": days } = values;
  if (from === undefined || to === undefined) throw new ConfigError(USAGE);
  const fromMs = quarter("from", from);
  const toMs = quarter("to", to);
  if (fromMs > toMs) throw new ConfigError(`--from ${from} is later than --to ${to}: swap them`);
  return {
    fromMs,
    toMs,
    source: values.source ?? BACKFILL_DEFAULTS.source,
    target: targetOf(values),
    threads:
      threads === undefined
        ? BACKFILL_DEFAULTS.threads
        : wholeNumber("threads", threads, 1, THREADS_MAX),
    translation: values.translation ?? false,
    retentionDays:
      days === undefined
        ? REPLAY_DEFAULTS.retentionDays
        : wholeNumber("retention-days", days, 1, 3650),
    dryRun: values["dry-run"] ?? false,
    json: values.json ?? false,
  };
}

function targetOf(values: ReturnType<typeof parse>["values"]): BackfillTarget {
  const { out, config, tables = null } = values;
  if ((out === undefined) === (config === undefined)) throw new ConfigError(USAGE);
  if (out !== undefined) return { kind: "tables", out, tables };
  for (const name of ["tables", "translation", "retention-days"] as const) {
    if (values[name] === undefined) continue;
    throw new ConfigError(`--${name} is for a backfill with --out: say it in the file`);
  }
  return { kind: "kafka", config: config! };
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      from: { type: "string" },
      to: { type: "string" },
      source: { type: "string" },
      out: { type: "string" },
      tables: { type: "string" },
      config: { type: "string" },
      threads: { type: "string" },
      translation: { type: "boolean" },
      "retention-days": { type: "string" },
      "dry-run": { type: "boolean" },
      json: { type: "boolean" },
    },
  });
