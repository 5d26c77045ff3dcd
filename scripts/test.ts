import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

/**
 * Runs the tests, one suite after another, each with a budget of time which is printed beside what
 * it took: `node scripts/test.ts [--fast] [suite …]`. The last line counts all of them.
 *
 * In CI (`CI=true`) a suite fails too when a test was skipped for want of a service, since a skip
 * there proves nothing, and when it took more than twice its budget.
 */
interface Suite {
  readonly name: string;
  readonly files: string;
  readonly budgetS: number;
  /** Part of `npm run check`. */
  readonly fast: boolean;
}

const suite = (name: string, budgetS: number, fast: boolean, files = `test/${name}/**/*.test.ts`) =>
  ({ name, files, budgetS, fast }) satisfies Suite;

const SUITES: readonly Suite[] = [
  suite("tidy", 10, true, "test/{tidy,documents}.test.ts"),
  suite("record", 10, true),
  suite("gdelt", 20, true),
  suite("state", 20, true),
  suite("operators", 20, true),
  suite("topology", 20, true),
  suite("sources", 40, true),
  suite("ingest", 20, true, "test/ingest/*.test.ts"),
  suite("feed", 20, true, "test/ingest/feed/*.test.ts"),
  suite("sinks", 60, false),
  suite("runtime", 60, false),
  suite("testing", 30, false),
  suite("silver", 120, false),
  suite("oracle", 60, false),
  suite("app", 120, false),
  suite("feed-runs", 180, false, "test/ingest/feed/runs/*.test.ts"),
  suite("simulation", 300, false),
  suite("packaging", 120, false, "test/packaging.test.ts"),
];

/** Real slices are too large for the repository: whoever has none runs the generated ones. */
const ALLOWED_SKIP = /GDELT_SAMPLES/;

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Names of the skipped tests, by the reason. */
  readonly skips: ReadonlyMap<string, readonly string[]>;
  readonly seconds: number;
}

async function run({ files }: Suite): Promise<Outcome> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-tests-"));
  const tapFile = path.join(folder, "report.tap");
  const startMs = performance.now();
  try {
    const code = await nodeTest(files, tapFile);
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

function nodeTest(files: string, tapFile: string): Promise<number | null> {
  const args = ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout"];
  args.push("--test-reporter=tap", `--test-reporter-destination=${tapFile}`, files);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
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
  if (process.env["CI"] !== "true") return [];
  const skipped = [...skips].filter(([reason]) => !ALLOWED_SKIP.test(reason));
  return [
    ...(seconds > 2 * budgetS ? ["failed in CI: took more than twice its budget"] : []),
    ...skipped.flatMap(([reason, tests]) =>
      tests.map((name) => `failed in CI: ${name} was skipped, ${reason || "without a reason"}`),
    ),
  ];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fast: { type: "boolean", default: false } },
});
const lines: string[] = [];
const total = { passed: 0, failed: 0, skipped: 0 };
for (const each of chosen(values.fast, positionals)) {
  const outcome = await run(each);
  const { passed, skips, seconds } = outcome;
  const refused = complaints(each, outcome);
  const failed = outcome.failed + refused.length;
  const skipped = [...skips.values()].flat().length;
  lines.push(
    `${each.name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s of ${each.budgetS} s  ` +
      `${passed} passed, ${failed} failed, ${skipped} skipped`,
    ...[...skips].map(([reason, tests]) => `  ${tests.length} skipped: ${reason}`),
    ...refused.map((complaint) => `  ${complaint}`),
  );
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
const { passed, failed, skipped } = total;
process.stdout.write(`\n${lines.join("\n")}\n\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
