import assert from "node:assert/strict";
import { test } from "node:test";
import { MartWatch } from "../../../src/app/inspector/mart-watch.ts";
import { type MartAnswer, QuestionRefused } from "../../../src/app/mart-question.ts";
import { MetricRegistry } from "../../../src/inspector/metrics/metric-registry.ts";
import { RetriableError } from "../../../src/record/errors.ts";

const answerOf = (value: string | null): MartAnswer => ({
  columns: [],
  rows: [[value]],
  more: false,
});

/** A watch over a mart that answers as `answer` says. */
function watched() {
  const registry = new MetricRegistry();
  const state = { nowMs: 5000, answer: async () => answerOf(null) };
  const watch = new MartWatch(() => state.answer(), registry, { nowMs: () => state.nowMs });
  const value = async (name: string) =>
    (await registry.snapshot()).find((metric) => metric.name === name)!.values[0]?.value;
  return { state, watch, value };
}

test("a mart that answers is up, and says when Gold was made", async () => {
  const { state, watch, value } = watched();
  await watch.look();
  assert.equal(await value("gdelt_mart_up"), 1);
  assert.equal(await value("gdelt_gold_last_success_timestamp_seconds"), undefined);
  state.answer = async () => answerOf("1795000000.25");
  await watch.look();
  assert.equal(await value("gdelt_gold_last_success_timestamp_seconds"), 1_795_000_000.25);
  assert.deepEqual(watch.problems, []);
});

test("one that is away is a problem since then, until it answers again", async () => {
  const { state, watch, value } = watched();
  state.answer = () => Promise.reject(new RetriableError("the database x cannot be reached"));
  await watch.look();
  state.nowMs = 9000;
  await watch.look();
  const [problem] = watch.problems;
  assert.deepEqual(problem, {
    ...{ kind: "mart_down", about: "the mart", since: 5 },
    reason: "the database x cannot be reached",
  });
  assert.equal(await value("gdelt_mart_up"), 0);
  state.answer = async () => answerOf(null);
  await watch.look();
  assert.deepEqual([watch.problems, await value("gdelt_mart_up")], [[], 1]);
});

test("one that refuses the question is there", async () => {
  const { state, watch, value } = watched();
  state.answer = () =>
    Promise.reject(new QuestionRefused({ code: "42P01", message: "no ops.gold_runs" }));
  await watch.look();
  assert.deepEqual([watch.problems, await value("gdelt_mart_up")], [[], 1]);
});

test("one that says nothing is down, and is not asked beside the question that waits", async () => {
  const { state, watch } = watched();
  const { promise, resolve } = Promise.withResolvers<MartAnswer>();
  let asked = 0;
  state.answer = () => {
    asked++;
    return promise;
  };
  await watch.look(1);
  await watch.look(1);
  assert.equal(asked, 1);
  assert.match(watch.problems[0]!.reason, /no answer within 1 ms/);
  resolve(answerOf(null));
  await promise;
  await watch.look();
  assert.deepEqual(watch.problems, []);
});
