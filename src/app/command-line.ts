import { ConfigError } from "../record/errors.ts";
import { runFeed } from "./feed-command.ts";
import { FEED_DEFAULTS } from "./feed-options.ts";
import { GENERATE_DEFAULTS, generate } from "./generate-command.ts";
import { runLake } from "./lake-command.ts";
import { parseArguments } from "./parse-arguments.ts";
import { Progress } from "./progress.ts";
import { replay } from "./replay.ts";
import { REPLAY_DEFAULTS, type ReplayOptions, wholeNumber } from "./replay-options.ts";
import { stopSignal } from "./stop-signal.ts";
import { printTopology } from "./topology-command.ts";
import { version } from "./version.ts";

const HELP = `gdelt-streams: joins GDELT's three feeds into complete records

  gdelt-streams replay <folder-of-slices> --out <folder>
      Replays every slice of the folder (as GDELT publishes them, zipped or not) in time order into
      Delta tables below --out: silver/events, silver/mentions, audit/lifecycle, dead_letter.
      Run again with the same --out it goes on where it stopped, and takes in what is new.
        --json            one JSON object at the end instead of text
        --close           end all windows at the end: what still waits expires
        --translation     follow the three translation feeds too
        --partitions N    partitions of each topic (default ${REPLAY_DEFAULTS.partitions}; fixed for an --out)
        --retention-days N  how long an event waits for its mentions (default ${REPLAY_DEFAULTS.retentionDays})

  gdelt-streams feed --data <folder>
      Follows GDELT and publishes its slices into the log below --data, from which a replay with the
      same --out joins them. Run again it goes on where it stopped; late files are taken in.
        --feed F          live, an address with GDELT's lists and files, or a folder (default ${FEED_DEFAULTS.feed})
        --from STAMP      the first slice of an empty log (default: the newest there is)
        --to STAMP        the last slice: ends when it is published (default: never)
        --translation, --partitions N, --retention-days N   as for replay
        --poll T          how often to ask for something new (default ${FEED_DEFAULTS.poll}, of a folder ${FEED_DEFAULTS.folderPoll})
        --missing-after T a file is missing so long after something newer (default ${FEED_DEFAULTS.missingAfter})
        --parallel N      files received at a time (default ${FEED_DEFAULTS.parallel})
        --json            a JSON object for each event, and one at the end

  gdelt-streams generate <folder>
      Writes invented slices, zipped as GDELT publishes them: input for a replay without a download.
        --slices N        quarters of an hour (default ${GENERATE_DEFAULTS.slices})
        --seed S          the same seed writes the same bytes (default ${GENERATE_DEFAULTS.seed})
        --events N        events of a slice, about (default ${GENERATE_DEFAULTS.events})

  gdelt-streams lake compact <folder>
      Puts the tables' small files together, and keeps the newest revision of each row.

  gdelt-streams topology [--format text|json|dot|mermaid]
      Prints the topology; text is in the grammar of Kafka Streams.

  gdelt-streams --help | --version
`;

const clock = { nowMs: () => Date.now() };

/** Runs a command; the exit code of the process. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "replay":
      return runReplay(rest);
    case "feed":
      return runFeed(rest, clock);
    case "generate":
      return generate(rest);
    case "topology":
      return printTopology(rest);
    case "lake":
      return runLake(rest, clock);
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

async function runReplay(args: string[]): Promise<number> {
  const options = parseReplay(args);
  const stop = stopSignal("this slice");
  const progress = new Progress(options.json ? null : process.stderr);
  const summary = await replay(options, clock, (now) => progress.show(now), stop);
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
    json: values.json ?? REPLAY_DEFAULTS.json,
    close: values.close ?? REPLAY_DEFAULTS.close,
    translation: values.translation ?? REPLAY_DEFAULTS.translation,
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
      json: { type: "boolean" },
      close: { type: "boolean" },
      translation: { type: "boolean" },
      partitions: { type: "string" },
      "retention-days": { type: "string" },
    },
  });
