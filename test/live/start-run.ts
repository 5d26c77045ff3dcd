import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { StartSummary } from "../../src/app/start-summary.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

/** The program, with what it has printed so far. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly output: () => string;
  readonly complaints: () => string;
}

export function runProgram(...args: string[]): Run {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, ended, output: () => output, complaints: () => complaints };
}

/** Runs `start --json` to its end; what it says last. */
export async function started(...args: string[]): Promise<StartSummary & { view: string }> {
  const run = runProgram("start", "--json", ...args);
  const { code } = await run.ended;
  assert.equal(code, 0, run.complaints());
  const last = run.output().trimEnd().split("\n").at(-1)!;
  return { ...JSON.parse(last), view: run.complaints() };
}
