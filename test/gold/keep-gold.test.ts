import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompletedRun, Trigger } from "../../src/app/gold/gold-run.ts";
import { type GoldTurns, keepGold, makeGoldOnce } from "../../src/app/gold/keep-gold.ts";
import { ConfigError, RetriableError, TaskCorruptedError } from "../../src/record/errors.ts";
import { StatementError } from "../../src/sinks/postgres/statement-error.ts";

const completed: CompletedRun = {
  runId: "1",
  slicesClosed: 1,
  daysChanged: 1,
  partitions: 1,
  rows: 1,
  tables: new Map(),
  seconds: { stage: 0, build: 0, publish: 0 },
  warnings: [],
};

/** Turns of which each does what the list says, and a stop when there are no more. */
function turnsOf(...results: (CompletedRun | Error | null)[]) {
  const stop = new AbortController();
  const triggers: Trigger[] = [];
  const waits: number[] = [];
  const told: string[] = [];
  const left = [...results];
  const turns: GoldTurns = {
    run: async (trigger) => {
      triggers.push(trigger);
      const result = left.shift()!;
      if (left.length === 0) stop.abort();
      if (result instanceof Error) throw result;
      return result;
    },
    pollMs: 7,
    random: () => 1,
    wait: async (ms) => void waits.push(ms),
    onRun: ({ runId }) => void told.push(`run ${runId}`),
    onFailure: ({ message }) => void told.push(message),
  };
  return { turns, stop: stop.signal, triggers, waits, told };
}

test("the first run takes what changed, the others wait for a slice", async () => {
  const { turns, stop, triggers, waits, told } = turnsOf(completed, null, completed);
  await keepGold(turns, stop);
  assert.deepEqual(triggers, ["change", "slice", "slice"]);
  assert.deepEqual(waits, [7, 7, 7]);
  assert.deepEqual(told, ["run 1", "run 1"]);
});

test("what the world does wrong is waited out, longer each time, up to two minutes", async () => {
  const away = () => new RetriableError("the server is away");
  const { turns, stop, waits, triggers } = turnsOf(...Array.from({ length: 9 }, away), completed);
  await keepGold(turns, stop);
  assert.deepEqual(waits, [2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000, 120_000, 7]);
  // What a failed run has not done is not forgotten.
  assert.deepEqual(new Set(triggers), new Set(["change"]));
});

test("what stays damaged ends it, and what is wrongly configured does at once", async () => {
  const damaged = () => new TaskCorruptedError("a file is missing");
  const corrupt = turnsOf(...Array.from({ length: 9 }, damaged));
  await assert.rejects(keepGold(corrupt.turns, corrupt.stop), /a file is missing/);
  assert.equal(corrupt.triggers.length, 5);
  const slow = turnsOf(new StatementError({ message: "timeout", code: "57014" }), completed);
  await keepGold(slow.turns, slow.stop);
  assert.deepEqual(slow.told, ["timeout (57014)", "run 1"]);
  const config = turnsOf(new ConfigError("no permission"), null);
  await assert.rejects(keepGold(config.turns, config.stop), /no permission/);
  assert.equal(config.triggers.length, 1);
});

test("a run by hand has some patience, and then says what is wrong", async () => {
  const away = () => new RetriableError("the server is away");
  const late = turnsOf(away(), away(), completed, null);
  await makeGoldOnce(late.turns, 5, late.stop);
  assert.deepEqual(late.told, ["the server is away", "the server is away", "run 1"]);
  const never = turnsOf(...Array.from({ length: 9 }, away));
  await assert.rejects(makeGoldOnce(never.turns, 5, never.stop), /the server is away/);
  assert.equal(never.triggers.length, 5);
});
