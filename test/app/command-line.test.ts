import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HELP } from "../../src/app/help.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const told = (...args: string[]): string =>
  execFileSync(process.execPath, [program, ...args], { encoding: "utf8" });

test("a command that is asked for help tells what is about it, and does nothing else", () => {
  const help = told("reset", "--to-latest", "--help");
  assert.match(help, /^ {2}gdelt-streams reset .*--to-latest/s);
  assert.doesNotMatch(help, /gdelt-streams (run|sql)/);
  assert.equal(told("help", "reset"), help);
  // Two of its ways are told apart from each other.
  assert.match(told("mart", "-h"), /mart "<SQL>".*mart migrate/s);
});

test("help without a command is about all of them", () => {
  for (const args of [["--help"], ["help"]]) assert.equal(told(...args), HELP);
});
