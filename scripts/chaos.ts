import { parseArguments } from "../src/app/parse-arguments.ts";
import { ConfigError } from "../src/record/errors.ts";
import { runScenario, type ScenarioReport } from "../test/chaos/run-scenario.ts";
import { SCENARIOS } from "../test/chaos/scenarios/all-scenarios.ts";
import type { Scenario } from "../test/chaos/scenarios/scenario.ts";
import { endpointOf, service } from "../test/services/service.ts";
import { type Needs, TestRunServices } from "./services/test-run.ts";

const HELP = `Runs replicas on real brokers and an object store, disturbs them, and checks that all invariants hold.

  npm run chaos -- [--minutes M] [--replicas N] [--seed S] [--scenario name]… [--json]

Progress goes to standard error, and one line of JSON to standard output (--json: nothing else). The
exit code is 1 when an invariant does not hold. --minutes is how long each scenario is disturbed;
without it each has its short form, of less than a minute. The same seed gives the same load, and
the same faults in the same order; when they come about is the machine's.

Scenarios:
${SCENARIOS.map(({ name, says }) => `  ${name.padEnd(14)} ${says}\n`).join("")}`;

const MINUTE_MS = 60_000;
const NEEDS: Needs = { installed: ["kafka"], running: ["minio", "postgres"] };

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly minutes: number | null;
  readonly replicas: number;
  readonly seed: number;
  readonly isQuiet: boolean;
}

function parse(args: string[]): Options {
  const { values } = parseArguments({
    args,
    options: {
      minutes: { type: "string" },
      replicas: { type: "string", default: "3" },
      seed: { type: "string" },
      scenario: { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) throw new ConfigError(HELP);
  return {
    scenarios: values.scenario?.map(scenarioNamed) ?? SCENARIOS,
    minutes: values.minutes === undefined ? null : positive("minutes", values.minutes),
    replicas: positive("replicas", values.replicas),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : positive("seed", values.seed),
    isQuiet: values.json,
  };
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new ConfigError(`there is no scenario "${name}"\n\n${HELP}`);
  return found;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new ConfigError(`--${name} takes a number above 0, not "${text}"`);
}

async function runAll(options: Options): Promise<boolean> {
  const { scenarios, minutes, replicas, seed, isQuiet } = options;
  const say = (line: string) => void (isQuiet || process.stderr.write(`${line}\n`));
  say(`seed ${seed}, ${replicas} replicas`);
  const { connection: bucket, skip } = await service("minio");
  if (bucket === null) throw new ConfigError(skip);
  const postgres = await endpointOf("postgres");
  if (postgres === null) say("no Postgres: no mart is kept");
  const reports: ScenarioReport[] = [];
  for (const scenario of scenarios) {
    say(`${scenario.name}: ${scenario.says}`);
    const disturbMs = minutes === null ? scenario.shortMs : minutes * MINUTE_MS;
    const report = await runScenario({
      ...{ scenario, seed, replicas, disturbMs, bucket, postgres, say },
    });
    reports.push(report);
    for (const line of describe(report)) say(line);
  }
  const ok = reports.every((report) => brokenIn(report).length === 0);
  process.stdout.write(`${JSON.stringify({ ok, seed, replicas, scenarios: reports })}\n`);
  return ok;
}

const brokenIn = ({ violations }: ScenarioReport): [string, readonly string[]][] =>
  Object.entries(violations).filter(([, lines]) => lines.length > 0);

function describe(report: ScenarioReport): string[] {
  const { scenario, faults, takeovers, commits, recoveryS, rssMibMax, deaths, seconds, logs } =
    report;
  const broken = brokenIn(report);
  return [
    `${scenario}: ${broken.length === 0 ? "all invariants hold" : "VIOLATED"} after ${seconds} s; ` +
      `${faults.length} faults, ${commits} commits, ${takeovers} takeovers, recovered in ` +
      `${recoveryS ?? "no"} s, ${rssMibMax} MiB`,
    ...(logs === null ? [] : [`  logs of the processes: ${logs}`]),
    ...deaths.map((death) => `  ended by itself: ${death}`),
    ...broken.flatMap(([id, lines]) => lines.map((line) => `  ${id}: ${line}`)),
  ];
}

const services = new TestRunServices(false);
try {
  const options = parse(process.argv.slice(2));
  for (const line of await services.prepare(NEEDS)) {
    process.stderr.write(`${line}\n`);
  }
  process.exitCode = (await runAll(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  await services.close();
}
