import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../src/record/errors.ts";
import { answerOf } from "./peers/answer.ts";
import { compareReports, readReport } from "./peers/compare-reports.ts";
import { chosen } from "./peers/contenders.ts";
import { makeLoad } from "./peers/load.ts";
import { measure, type Result, type World } from "./peers/measure.ts";
import { withBroker } from "./peers/own-broker.ts";
import { ratiosOf } from "./peers/ratios.ts";
import { type Report, ratiosLine, reportText } from "./peers/report.ts";
import { conditions } from "./process-cost.ts";

const HELP = `npm run bench -- --slices N [--only ours-kafka,streams] [--runs 1] [--seed 1] [--json] [--name peers]
  The join of N generated slices by us, Kafka Streams, Spark, DuckDB and a mere consumer, side by side;
  writes bench/results/<name>.md and .json. With --json the last line is one JSON object of all ratios.
npm run bench -- --compare [--slices N] [--only …]
  Runs the same and fails where anything is more than 20 % worse than the last committed result. The
  slices are those of that result unless they are given.
`;

const VERSIONS = {
  Kafka: "4.1.2",
  "Kafka Streams": "4.1.0",
  Spark: "4.0.4",
  Delta: "4.0.1",
  DuckDB: "2.0.0",
};

function options() {
  const { values } = parseArgs({
    options: {
      slices: { type: "string" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      runs: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      compare: { type: "boolean", default: false },
      name: { type: "string", default: "peers" },
    },
  });
  const before = values.compare ? readReport(results(`${values.name}.json`)) : null;
  const slices = Number(values.slices ?? before?.input.slices);
  if (!Number.isInteger(slices)) throw new ConfigError(HELP);
  const [seed, runs] = [Number(values.seed), Number(values.runs)];
  return { ...values, slices, seed, runs, before, contenders: chosen(values.only) };
}

const results = (name: string) => path.join(import.meta.dirname, "results", name);
const tell = (line: string) => process.stderr.write(`${line}\n`);

type Options = ReturnType<typeof options>;

/** Everybody in turn, so often; of several runs the fastest counts, since others only slow one down. */
async function measureAll({ contenders, runs }: Options, world: World): Promise<Result[]> {
  const best = new Map<string, Result>();
  for (let run = 0; run < runs; run++) {
    for (const contender of contenders) {
      const result = await measure(contender, world);
      tell(`${result.name}: ${JSON.stringify(result.figures ?? result.reason)}`);
      const known = best.get(result.name)?.figures;
      // Who is wrong once has no number, whatever he did before.
      const isWorse = known && result.figures && known.seconds <= result.figures.seconds;
      if (!isWorse && known !== null) best.set(result.name, result);
    }
  }
  return [...best.values()];
}

async function run(given: Options): Promise<Report> {
  const work = mkdtempSync(path.join(tmpdir(), "gdelt-streams-peers-"));
  try {
    const load = makeLoad(path.join(work, "slices"), given.slices, given.seed);
    const answer = await answerOf("slices", load.folder);
    tell(`${load.totalRows} rows, ${Math.round(load.bytes / 1e6)} MB; ${answer.count} records`);
    const world = { load, answer, work, broker: null };
    const before = conditions();
    const isKafka = given.contenders.some(({ onKafka }) => onKafka);
    const all = isKafka
      ? await withBroker(load, (broker) => measureAll(given, { ...world, broker }))
      : await measureAll(given, world);
    return {
      ...before,
      versions: VERSIONS,
      input: {
        slices: load.slices,
        seed: load.seed,
        rows: load.totalRows,
        mb: Math.round(load.bytes / 1e6),
        records: answer.count,
        checksum: answer.checksum,
      },
      results: all,
      ratios: ratiosOf(all),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

// Whoever runs for us is ended by those who have started him, when the process ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  const given = options();
  const report = await run(given);
  if (given.before === null) {
    mkdirSync(results(""), { recursive: true });
    writeFileSync(results(`${given.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(results(`${given.name}.md`), reportText(report));
  }
  process.stdout.write(reportText(report));
  if (given.before !== null) {
    const worse = compareReports(given.before, report);
    process.stdout.write(worse.map((line) => `${line}\n`).join("") || "nothing is worse\n");
    if (worse.length > 0) process.exitCode = 1;
  }
  if (given.json) process.stdout.write(`${ratiosLine(report.ratios)}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
