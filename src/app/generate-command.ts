import { DEFAULT_START_MS, SliceStream } from "../ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../record/errors.ts";
import { parseArguments } from "./parse-arguments.ts";
import { wholeNumber } from "./replay-options.ts";

/** What `gdelt-streams generate` makes unless it is told otherwise. */
export const GENERATE_DEFAULTS = { slices: 8, seed: 1, events: 1000 } as const;

/** Writes invented slices into a folder, as GDELT would publish them. */
export async function generate(args: string[]): Promise<number> {
  const { folder, slices, seed, events } = parseGenerate(args);
  const stream = new SliceStream({ seed, startMs: DEFAULT_START_MS, eventsPerSlice: events });
  await writeSlices(folder, stream.slices(slices), { zipped: true });
  process.stdout.write(`${slices} slices of about ${events} events each in ${folder}\n`);
  return 0;
}

function parseGenerate(args: string[]) {
  const { values, positionals } = parse(args);
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new ConfigError("usage: gdelt-streams generate <folder> [--slices N] [--seed S]");
  }
  const number = (name: keyof typeof GENERATE_DEFAULTS, min: number, max: number) =>
    wholeNumber(name, values[name] ?? String(GENERATE_DEFAULTS[name]), min, max);
  return {
    folder,
    slices: number("slices", 1, 10_000),
    seed: number("seed", 0, 2 ** 31 - 1),
    events: number("events", 1, 100_000),
  };
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: {
      slices: { type: "string" },
      seed: { type: "string" },
      events: { type: "string" },
    },
  });
