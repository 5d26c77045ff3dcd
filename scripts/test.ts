import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { failedTests } from "./failed-tests.ts";
import { alertmanagerSoftware } from "./services/alertmanager.ts";
import { chromiumSoftware } from "./services/chromium.ts";
import { lintSoftware } from "./services/lint-tools.ts";
import { prometheusSoftware } from "./services/prometheus.ts";
import { type Needs, TestRunServices } from "./services/test-run.ts";

/**
 * Runs the tests, one suite after another, each with a budget of time which is printed beside what
 * it took: `node scripts/test.ts [--fast] [suite …]`. The last line counts all of them.
 *
 * In CI (`CI=true`) a suite fails too when a test was skipped for want of a service, since a skip
 * there proves nothing, and when it took more than twice its budget.
 *
 * The services that a suite names are started before it, and stopped at the end of the run.
 */
interface Suite {
  readonly name: string;
  readonly files: string;
  readonly budgetS: number;
  /** Part of `npm run check`. */
  readonly fast: boolean;
  readonly needs: Needs;
}

const suite = (
  name: string,
  budgetS: number,
  fast: boolean,
  files = `test/${name}/**/*.test.ts`,
): Suite => ({ name, files, budgetS, fast, needs: {} });

const withServices = (of: Suite, needs: Needs): Suite => ({ ...of, needs });

const SUITES: readonly Suite[] = [
  suite("tidy", 10, true, "test/{tidy,documents,failed-tests}.test.ts"),
  suite("bench", 10, true),
  suite("record", 10, true),
  suite("gdelt", 20, true),
  suite("state", 20, true),
  suite("operators", 20, true),
  suite("topology", 20, true),
  suite("sources", 40, true, "test/sources/{*,kafka/{group,records,wire}/*}.test.ts"),
  suite("ingest", 40, true, "test/ingest/{*,slice-generator/*,simulator/*}.test.ts"),
  suite("feed", 20, true, "test/ingest/feed/*.test.ts"),
  suite("contract", 10, true),
  suite("bronze", 10, true),
  withServices(suite("sinks", 330, false), { running: ["postgres"] }),
  suite("lake-sql", 20, true),
  suite("inspector", 30, true, "test/inspector/{*,{graph,http,metrics,page,peers}/*}.test.ts"),
  suite("inspectors", 60, false, "test/inspector/replicas/*.test.ts"),
  suite("dashboards", 20, true, "test/dashboards/boards.test.ts"),
  suite("rules", 90, false, "test/dashboards/rules.test.ts"),
  suite("deploy", 20, true),
  withServices(suite("lint", 20, true), {
    software: [lintSoftware, prometheusSoftware, alertmanagerSoftware],
  }),
  withServices(suite("browser", 180, false), { software: [chromiumSoftware] }),
  suite("audit", 150, false),
  suite("story", 60, false),
  suite("runtime", 60, false),
  suite("testing", 30, false),
  suite("silver", 180, false),
  suite("oracle", 60, false),
  withServices(suite("app", 440, false), { running: ["postgres"] }),
  withServices(suite("gold", 280, false), {
    installed: ["minio"],
    running: ["minio", "postgres"],
  }),
  suite("feed-runs", 240, false, "test/ingest/feed/runs/*.test.ts"),
  suite("live", 300, false),
  suite("simulation", 620, false, "test/simulation/*.test.ts"),
  suite("seeds", 180, false, "test/simulation/seeds/*.test.ts"),
  suite("swarm", 200, false),
  suite("packaging", 120, false, "test/packaging.test.ts"),
  withServices(suite("s3", 180, false), { installed: ["minio"], running: ["minio"] }),
  withServices(suite("kafka", 540, false, "test/sources/kafka/*.test.ts"), {
    installed: ["kafka"],
    running: ["kafka"],
  }),
  withServices(suite("replicas", 120, false), {
    installed: ["kafka", "minio"],
    running: ["minio", "postgres"],
  }),
  withServices(suite("monitoring", 120, false, "test/monitoring/*.test.ts"), {
    installed: ["kafka", "postgres"],
    running: ["postgres"],
  }),
  withServices(suite("faults", 240, false, "test/monitoring/faults/*.test.ts"), {
    installed: ["kafka", "postgres"],
  }),
  withServices(suite("chaos", 400, false), {
    installed: ["kafka", "minio", "postgres"],
    running: ["minio", "postgres"],
  }),
  withServices(suite("services", 120, false), {
    installed: ["kafka", "minio"],
    running: ["postgres"],
  }),
];

/**
 * Real slices are too large for the repository: whoever has none runs the generated ones. And a disk
 * that is full takes one who may mount it, a swarm one who may make networks and has Docker.
 */
const ALLOWED_SKIP =
  /GDELT_SAMPLES|only root can mount|a swarm of its own takes|a docker CLI of 25 or newer/;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What failed, with its errors. */
  readonly failures: readonly string[];
  /** Names of the skipped tests, by the reason. */
  readonly skips: ReadonlyMap<string, readonly string[]>;
  readonly seconds: number;
}

async function run({ files, fast }: Suite): Promise<Outcome> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-tests-"));
  const tapFile = path.join(folder, "report.tap");
  const startMs = performance.now();
  try {
    // Those that are fast measure no time: they may have the whole machine.
    const atOnce = fast ? os.availableParallelism() : null;
    const code = await nodeTest(files, tapFile, atOnce);
    const seconds = (performance.now() - startMs) / 1000;
    const tap = readFileSync(tapFile, "utf8");
    const count = (name: string) =>
      Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
    const skipped = [...tap.matchAll(/^ *ok \d+ - (.*) # SKIP ?(.*)$/gm)];
    const failed = count("fail") + count("cancelled");
    return {
      passed: count("pass"),
      // A runner that dies has counted no failure.
      failed: code !== 0 && failed === 0 ? 1 : failed,
      failures: failedTests(tap),
      skips: new Map(
        [...Map.groupBy(skipped, ([, , reason]) => reason!)].map(([reason, tests]) => [
          reason,
          tests.map(([, name]) => name!),
        ]),
      ),
      seconds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let running: ChildProcess | undefined;

function nodeTest(files: string, tapFile: string, atOnce: number | null): Promise<number | null> {
  const args = ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout"];
  if (atOnce !== null) args.push(`--test-concurrency=${atOnce}`);
  args.push("--test-reporter=tap", `--test-reporter-destination=${tapFile}`, files);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  running = child;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      running = undefined;
      resolve(code);
    });
  });
}

/** Suites that have files; a test file that is in none, or in two, would be an oversight. */
function chosen(fast: boolean, names: readonly string[]): Suite[] {
  const owners = new Map(globSync("test/**/*.test.ts").map((file) => [file, [] as string[]]));
  const present = SUITES.filter(({ name, files }) => {
    const found = globSync(files);
    for (const file of found) owners.get(file)?.push(name);
    return found.length > 0;
  });
  const astray = [...owners].filter(([, suites]) => suites.length !== 1);
  if (astray.length > 0) {
    const list = astray.map(([file, suites]) => `${file} (${suites.join(", ") || "none"})`);
    throw new Error(`not in exactly one suite of scripts/test.ts: ${list.join(", ")}`);
  }
  const unknown = names.filter((name) => !present.some((other) => other.name === name));
  if (unknown.length > 0) throw new Error(`there is no suite ${unknown.join(", ")}`);
  return present.filter(
    (of) => (!fast || of.fast) && (names.length === 0 || names.includes(of.name)),
  );
}

/** What CI does not put up with. */
function complaints({ budgetS }: Suite, { seconds, skips }: Outcome): string[] {
  if (!inCi) return [];
  const skipped = [...skips].filter(([reason]) => !ALLOWED_SKIP.test(reason));
  return [
    ...(seconds > 2 * budgetS ? ["failed in CI: took more than twice its budget"] : []),
    ...skipped.flatMap(([reason, tests]) =>
      tests.map((name) => `failed in CI: ${name} was skipped, ${reason || "without a reason"}`),
    ),
  ];
}

const inCi = process.env["CI"] === "true";
const services = new TestRunServices(inCi);
let isInterrupted = false;

for (const [signal, exitCode] of [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (isInterrupted) process.exit(exitCode);
    isInterrupted = true;
    const suiteEnds = running ? once(running, "exit") : Promise.resolve();
    running?.kill(signal);
    void suiteEnds.then(() => services.close()).finally(() => process.exit(exitCode));
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fast: { type: "boolean", default: false } },
});
const lines: string[] = [];
const failures: string[] = [];
const total = { passed: 0, failed: 0, skipped: 0 };

async function runAndCount(each: Suite): Promise<void> {
  const told = await services.prepare(each.needs);
  for (const line of told) process.stdout.write(`${line}\n`);
  if (isInterrupted) return;
  const outcome = await run(each);
  const { passed, skips, seconds } = outcome;
  const refused = complaints(each, outcome);
  const failed = outcome.failed + refused.length;
  const skipped = [...skips.values()].flat().length;
  lines.push(
    `${each.name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s of ${each.budgetS} s  ` +
      `${passed} passed, ${failed} failed, ${skipped} skipped`,
    ...told.map((line) => `  ${line}`),
    ...[...skips].map(([reason, tests]) => `  ${tests.length} skipped: ${reason}`),
    ...refused.map((complaint) => `  ${complaint}`),
  );
  failures.push(...outcome.failures);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

const suites = chosen(values.fast, positionals);
services.foresee(suites.map(({ needs }) => needs));
try {
  for (const each of suites) if (!isInterrupted) await runAndCount(each);
} finally {
  await services.close();
}
const { passed, failed, skipped } = total;
process.stdout.write(`\n${lines.join("\n")}\n\n`);
for (const failure of failures) process.stdout.write(`${failure}\n\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
