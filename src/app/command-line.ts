import { ConfigError } from "../record/errors.ts";
import { GENERATE_DEFAULTS, generate } from "./generate-command.ts";
import { parseArguments } from "./parse-arguments.ts";
import { REPLAY_DEFAULTS, type ReplayOptions, wholeNumber } from "./replay-options.ts";
import { SIMULATE_DEFAULTS, simulate } from "./simulate-command.ts";

const HELP = `gdelt-streams: joins GDELT's three feeds into complete records

  gdelt-streams replay <folder-of-slices> --out <folder>
      Replays every slice of the folder (as GDELT publishes them, zipped or not) in time order into
      Delta tables below --out: silver/events, silver/mentions, audit/lifecycle, dead_letter.
      Run again with the same --out it goes on where it stopped, and takes in what is new.
        --json            one JSON object at the end instead of text
        --close           end all windows at the end: what still waits expires
        --translation     follow the three translation feeds too
        --bronze          keep every row as published too: bronze/events, mentions, gkg, slices
        --kafka host:port,…  the log on Apache Kafka, instead of one below --out
        --partitions N    partitions of each topic (default ${REPLAY_DEFAULTS.partitions}; fixed for an --out)
        --retention-days N  how long an event waits for its mentions (default ${REPLAY_DEFAULTS.retentionDays})

  gdelt-streams generate <folder>
      Writes invented slices, zipped as GDELT publishes them: input for a replay without a download.
        --slices N        quarters of an hour (default ${GENERATE_DEFAULTS.slices})
        --seed S          the same seed writes the same bytes (default ${GENERATE_DEFAULTS.seed})
        --events N        events of a slice, about (default ${GENERATE_DEFAULTS.events})

  gdelt-streams simulate
      Serves invented slices as GDELT's own server does (lists, zips, conditional and range requests),
      and publishes one every so often. The first line it prints is "simulator at <address>".
        --port N          where it listens (default ${SIMULATE_DEFAULTS.port}: any port that is free)
        --host NAME       at which of this machine's addresses (default ${SIMULATE_DEFAULTS.host})
        --base-url URL    what the lists put before a name (default: the address that is asked)
        --slices N        ends publishing, but not serving, after so many (default: no end)
        --slice-every T   from one to the next: 500ms, 5s, 15m (default ${SIMULATE_DEFAULTS["slice-every"]}), or 0: all at once
        --start STAMP     of the first slice (default 20260101000000)
        --seed S          the same seed serves the same bytes (default ${SIMULATE_DEFAULTS.seed})
        --events N        events of a slice, about (default ${SIMULATE_DEFAULTS.events})
        --translation     serves the translation stream too
        --resume-after STAMP  begins when this slice is the newest: all up to it are there, the lists
                          begin with it, the next one comes after --slice-every
        --folder DIR      keeps the lines of the lists (not the zips: they are made again when asked
                          for), so that a run that is started again goes on with the whole history
        --faults LIST     what goes wrong, as missing=0.05,late=0.1 or all or all=0.05,html=0: rates
                          of the files, by seed and slice. Kinds: missing, listed-404, late, truncated,
                          bad-md5, duplicate, malformed, zero, collapsed, flaky, html

  gdelt-streams lake compact <folder>
      Puts the tables' small files together, and keeps the newest revision of each row.

  gdelt-streams topology [--format text|json|dot|mermaid]
      Prints the topology; text is in the grammar of Kafka Streams.

  gdelt-streams --help | --version
`;

const clock = { nowMs: () => Date.now() };

/**
 * Runs a command; the exit code of the process. What runs the topology is loaded only by those who
 * need it: it takes 60 MB and a third of a second.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "replay":
      return runReplay(rest);
    case "generate":
      return generate(rest);
    case "simulate":
      return simulate(rest, clock);
    case "topology":
      return (await import("./topology-command.ts")).printTopology(rest);
    case "lake":
      return (await import("./lake-command.ts")).runLake(rest, clock);
    case "--version":
      process.stdout.write(`${await version()}\n`);
      return 0;
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(HELP);
      return command === undefined ? 2 : 0;
    default:
      throw new ConfigError(`there is no command "${command}"; see gdelt-streams --help`);
  }
}

async function version(): Promise<string> {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  return manifest.version;
}

async function runReplay(args: string[]): Promise<number> {
  const options = parseReplay(args);
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write("\nstopping after this slice; once more to stop at once\n");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const [{ replay }, { Progress }] = await Promise.all([
    import("./replay.ts"),
    import("./progress.ts"),
  ]);
  const progress = new Progress(options.json ? null : process.stderr);
  const summary = await replay(options, clock, (now) => progress.show(now), stop.signal);
  progress.end();
  process.stdout.write(
    options.json ? `${JSON.stringify(summary)}\n` : progress.describe(summary, options.out),
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
  const { partitions, "retention-days": days } = values;
  return {
    slices,
    out,
    kafka: values.kafka?.split(",") ?? REPLAY_DEFAULTS.kafka,
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
  };
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      kafka: { type: "string" },
      json: { type: "boolean" },
      close: { type: "boolean" },
      translation: { type: "boolean" },
      bronze: { type: "boolean" },
      partitions: { type: "string" },
      "retention-days": { type: "string" },
    },
  });
