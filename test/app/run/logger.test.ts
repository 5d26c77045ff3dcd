import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoggerOptions, openLogger } from "../../../src/app/run/logger.ts";

const clock = { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };

function logged(options: Partial<LoggerOptions>, fields?: Readonly<Record<string, unknown>>) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const base = { application: "a" };
  const logger = openLogger({ write, clock, pretty: false, secrets: [], base, ...options });
  logger.warn("it happened", fields);
  assert.equal(lines.length, 1);
  assert.ok(lines[0]!.endsWith("\n"));
  return lines[0]!;
}

test("a line is one JSON object with the time of the clock", () => {
  assert.deepEqual(JSON.parse(logged({}, { task: "0_1" })), {
    level: "warn",
    time: "2026-01-02T03:04:05.006Z",
    application: "a",
    task: "0_1",
    msg: "it happened",
  });
});

test("a line for a person is text", () => {
  const line = logged({ pretty: true }, { task: "0_1", tries: 2 });
  assert.equal(line, "03:04:05.006 WARN it happened  task=0_1  tries=2\n");
});

test("a secret is in no line, also with signs that JSON writes otherwise", () => {
  const secrets = ['pass"word', "hush-hush", "it"];
  for (const pretty of [false, true]) {
    const fields = { a: 'x pass"word y', b: { c: "postgres://u:hush-hush@h" } };
    const line = logged({ pretty, secrets }, fields);
    assert.ok(!/word|hush/.test(line.replace("password", "")), line);
    assert.match(line, /it happened/, "what is too short to be a secret stays");
    assert.match(line, /u:\*\*\*@h/);
  }
});
