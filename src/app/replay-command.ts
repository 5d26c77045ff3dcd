import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { parseMartPlace } from "./mart-place.ts";
import { parseArguments } from "./parse-arguments.ts";
import { Progress } from "./progress.ts";
import { replay } from "./replay.ts";
import { REPLAY_DEFAULTS, type ReplayOptions, wholeNumber } from "./replay-options.ts";
import { stopSignal } from "./stop-signal.ts";

/** `gdelt-streams replay`: the exit code. */
export async function runReplay(args: string[], clock: Clock): Promise<number> {
  const options = parseReplay(args);
  const stop = stopSignal("this slice");
  const progress = new Progress(options.json ? null : process.stderr);
  const summary = await replay(options, clock, (now) => progress.show(now), stop);
  progress.end();
  process.stdout.write(
    options.json
      ? `${JSON.stringify(summary)}\n`
      : progress.describe(summary, options.tables ?? options.out),
  );
  return summary.interrupted ? 130 : 0;
}

function parseReplay(args: string[]): ReplayOptions {
  const { values, positionals } = parse(args);
  const [slices, ...others] = positionals;
  const { out } = values;
  if (slices === undefined || others.length > 0 || out === undefined) {
    throw new ConfigError("usage: gdelt-streams replay <folder-of-slices> --out <folder>");
  }
  const { partitions, "retention-days": days, mart } = values;
  return {
    slices,
    out,
    kafka: values.kafka?.split(",") ?? REPLAY_DEFAULTS.kafka,
    tables: values.tables ?? REPLAY_DEFAULTS.tables,
    checkpoints: values.checkpoints ?? REPLAY_DEFAULTS.checkpoints,
    json: values.json ?? REPLAY_DEFAULTS.json,
    close: values.close ?? REPLAY_DEFAULTS.close,
    translation: values.translation ?? REPLAY_DEFAULTS.translation,
    bronze: values.bronze ?? REPLAY_DEFAULTS.bronze,
    partitions:
      partitions === undefined
        ? REPLAY_DEFAULTS.partitions
        : wholeNumber("partitions", partitions, 1, 64),
    retentionDays:
      days === undefined
        ? REPLAY_DEFAULTS.retentionDays
        : wholeNumber("retention-days", days, 1, 3650),
    mart: mart === undefined ? REPLAY_DEFAULTS.mart : parseMartPlace(mart),
  };
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      kafka: { type: "string" },
      tables: { type: "string" },
      checkpoints: { type: "string" },
      json: { type: "boolean" },
      close: { type: "boolean" },
      translation: { type: "boolean" },
      bronze: { type: "boolean" },
      partitions: { type: "string" },
      "retention-days": { type: "string" },
      mart: { type: "string" },
    },
  });
