import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/record/turns.ts";

/** Work that says when it begins and ends, and ends when it is told to. */
function course() {
  const said: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const work = (name: string) => async () => {
    said.push(`${name} begins`);
    ends.set(name, Promise.withResolvers());
    await ends.get(name)!.promise.finally(() => said.push(`${name} ends`));
  };
  const settle = () => new Promise(setImmediate);
  return { said, work, end: (name: string) => ends.get(name)!, settle };
}

test("who has a turn waits for the one before, also when that fails", async () => {
  const { said, work, end, settle } = course();
  const turns = new Turns();
  const first = turns.take(work("a"));
  const second = turns.take(work("b"));
  await settle();
  assert.deepEqual(said, ["a begins"]);
  end("a").reject(new Error("failed"));
  await assert.rejects(first, /failed/);
  await settle();
  assert.deepEqual(said, ["a begins", "a ends", "b begins"]);
  end("b").resolve();
  await second;
});

test("pieces beside each other run together, and nobody's turn runs beside them", async () => {
  const { said, work, end, settle } = course();
  const turns = new Turns();
  const all = [
    turns.take(work("before")),
    turns.takeBeside(work("x")),
    turns.takeBeside(work("y")),
    turns.take(work("after")),
    turns.takeBeside(work("z")),
  ];
  await settle();
  assert.deepEqual(said, ["before begins"]);
  end("before").resolve();
  await settle();
  assert.deepEqual(said.slice(2), ["x begins", "y begins"]);
  end("y").resolve();
  await settle();
  assert.equal(said.includes("after begins"), false);
  end("x").resolve();
  await settle();
  assert.deepEqual(said.slice(4), ["y ends", "x ends", "after begins"]);
  end("after").resolve();
  await settle();
  end("z").resolve();
  await Promise.all(all);
  assert.deepEqual(said.slice(7), ["after ends", "z begins", "z ends"]);
});
