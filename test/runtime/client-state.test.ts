import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  type ClientState,
  ClientStates,
  type ThreadPhase,
} from "../../src/runtime/client-state.ts";

type Step = readonly [thread: number, phase: ThreadPhase] | "stop";

/** The states that a client of so many threads goes through. */
function states(threads: number, ...steps: readonly Step[]): ClientState[] {
  const told: ClientState[] = ["CREATED"];
  const client = new ClientStates(threads, (from, to) => {
    assert.equal(from, told.at(-1));
    told.push(to);
  });
  for (const step of steps) {
    if (step === "stop") client.stop();
    else client.thread(...step);
  }
  assert.equal(client.state, told.at(-1));
  return told;
}

describe("a client", () => {
  test("runs when all of its threads do, and shares out anew with any of them", () => {
    const bothRun: Step[] = [
      [0, "rebalancing"],
      [1, "rebalancing"],
      [0, "running"],
      [1, "running"],
    ];
    const running = ["CREATED", "REBALANCING", "RUNNING"];
    assert.deepEqual(states(2, ...bothRun.slice(0, 3)), running.slice(0, 2));
    assert.deepEqual(states(2, ...bothRun), running);
    const again: Step[] = [...bothRun, [1, "rebalancing"], [0, "rebalancing"], [0, "running"]];
    assert.deepEqual(states(2, ...again), [...running, "REBALANCING"]);
    assert.deepEqual(states(2, ...again, [1, "running"]), [...running, "REBALANCING", "RUNNING"]);
  });

  test("has stopped when all of its threads have, whatever they were at", () => {
    const stopping: Step[] = [[0, "running"], "stop", [1, "rebalancing"], [0, "ended"]];
    const told = ["CREATED", "REBALANCING", "PENDING_SHUTDOWN"];
    assert.deepEqual(states(2, ...stopping), told);
    assert.deepEqual(states(2, ...stopping, [1, "ended"]), [...told, "NOT_RUNNING"]);
    assert.deepEqual(states(1, "stop", [0, "ended"]), [
      "CREATED",
      "PENDING_SHUTDOWN",
      "NOT_RUNNING",
    ]);
  });

  test("is in error when one of its threads has died and the others have ended", () => {
    const told = ["CREATED", "REBALANCING", "RUNNING", "PENDING_ERROR"];
    const died: Step[] = [
      [0, "running"],
      [1, "running"],
      [1, "failed"],
    ];
    assert.deepEqual(states(2, ...died), told);
    assert.deepEqual(states(2, ...died, "stop", [0, "ended"]), [...told, "ERROR"]);
    assert.deepEqual(states(1, [0, "failed"]), ["CREATED", "PENDING_ERROR", "ERROR"]);
    const late = states(2, "stop", [0, "ended"], [1, "failed"]);
    assert.deepEqual(late, ["CREATED", "PENDING_SHUTDOWN", "PENDING_ERROR", "ERROR"]);
  });

  test("comes to an end, and to the right one, whatever happens in which order", () => {
    const phases = ["rebalancing", "running"] as const;
    const thread = fc.nat(2);
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(thread, fc.constantFrom(...phases)) },
      { weight: 1, arbitrary: fc.constant("stop" as const) },
    );
    fc.assert(
      fc.property(
        fc.array(step),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        (steps, dies) => {
          const ends = dies.map((died, i): Step => [i, died ? "failed" : "ended"]);
          const told = states(3, ...steps, "stop", ...ends);
          assert.equal(told.at(-1), dies.includes(true) ? "ERROR" : "NOT_RUNNING");
          const stopped = told.findIndex((state) => state.startsWith("PENDING"));
          assert.ok(!told.slice(stopped).some((state) => state === "RUNNING"));
          assert.ok(told.every((state, i) => state !== told[i - 1]));
        },
      ),
    );
  });
});
