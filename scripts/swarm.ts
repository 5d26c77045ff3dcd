import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../src/record/errors.ts";
import { isSound, runStep, type StepReport } from "../test/swarm/eight/run-steps.ts";
import { STEPS } from "../test/swarm/eight/steps/all-steps.ts";
import { SwarmWorld } from "../test/swarm/eight/swarm-world.ts";
import { SwarmLab, whyNoSwarm } from "../test/swarm/swarm-lab.ts";

/**
 * The stack on a real swarm of eight nodes: `npm run test:swarm -- [--only deploy,zombie] [--keep FOLDER] [--down]`.
 * Progress goes to standard error, one line of JSON to standard output; the exit code is 1 when something does
 * not hold. With `--keep` the swarm is that of the folder, and stays: so steps can be run one by one.
 * `--down` takes it down, and does nothing else.
 */
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    keep: { type: "string" },
    down: { type: "boolean", default: false },
  },
});
const say = (line: string) => void process.stderr.write(`${line}\n`);

function chosenSteps() {
  if (values.only === undefined) return STEPS;
  const names = values.only.split(",");
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length === 0) return STEPS.filter(({ name }) => names.includes(name));
  const known = STEPS.map(({ name }) => name).join(", ");
  throw new ConfigError(`there is no step ${unknown.join(", ")}; there are ${known}`);
}

async function runAll(folder: string): Promise<boolean> {
  const beganMs = performance.now();
  const seconds = () => Math.round((performance.now() - beganMs) / 1000);
  const world = await SwarmWorld.open(folder);
  say(`eight nodes are up after ${seconds()} s, below ${folder}`);
  const reports: StepReport[] = [];
  try {
    for (const step of chosenSteps()) {
      say(`${step.name}: ${step.says}`);
      const report = await runStep(world, step);
      reports.push(report);
      say(
        `${step.name}: ${isSound(report) ? "holds" : "DOES NOT HOLD"} after ${report.seconds} s ${JSON.stringify(report)}`,
      );
    }
  } finally {
    await world.close();
  }
  const ok = reports.every(isSound);
  process.stdout.write(
    `${JSON.stringify({ ok, nodes: world.lab.nodes.length, steps: reports })}\n`,
  );
  return ok;
}

async function main(): Promise<number> {
  const reason = await whyNoSwarm();
  if (reason !== null) throw new ConfigError(reason);
  const folder = values.keep ?? mkdtempSync(path.join(os.tmpdir(), "gs-eight-"));
  try {
    if (values.down) return 0;
    return (await runAll(folder)) ? 0 : 1;
  } finally {
    if (values.down || values.keep === undefined) {
      await SwarmLab.at(path.join(folder, "nodes"))?.down();
      if (existsSync(folder)) rmSync(folder, { recursive: true });
    }
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  say(error.message);
  process.exitCode = 2;
}
