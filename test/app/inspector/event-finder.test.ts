import assert from "node:assert/strict";
import { test } from "node:test";
import { EventFinder } from "../../../src/app/inspector/events/event-finder.ts";
import type { EventPlace, EventRows, Step } from "../../../src/app/inspector/events/event-rows.ts";
import type { AskedThread } from "../../../src/app/inspector/inspected-process.ts";
import type { EventInThread } from "../../../src/app/inspector/thread-questions.ts";
import { Gathering } from "../../../src/inspector/peers/gathering.ts";

const ID = 42;

/** A thread that says this of an event. */
const saying = (name: string, say: () => EventInThread | null): AskedThread => ({
  ...{ name, state: "RUNNING" },
  report: async () => null,
  ask: (async () => say()) as AskedThread["ask"],
});

const elsewhere = saying("t1", () => ({ task: "1_0", isHere: false, found: null }));
const nothing = saying("t2", () => ({ task: "1_0", isHere: true, found: null }));
const silent = saying("t3", () => null);
const broken = saying("t4", () => {
  throw new Error("t4 is held up");
});
const live = {
  event: { global_event_id: ID, status: "SILVER_COMPLETE", sentence: "A met B" },
  mentions: [],
  mentionCount: 0,
  steps: [
    { state: "WAITING", revision: 1, sliceMs: 0, completedAtMs: null },
    { state: "SILVER_COMPLETE", revision: 2, sliceMs: 900_000, completedAtMs: 5000 },
    { state: "SILVER_COMPLETE", revision: 3, sliceMs: 1_800_000, completedAtMs: 5000 },
  ],
};
const owner = saying("t5", () => ({ task: "1_0", isHere: true, found: live }));

const ORPHANS: EventRows = { event: null, mentions: [], mentionCount: 3, isOpen: false };
const ROWS: EventRows = { ...ORPHANS, event: live.event };

const place = (
  name: EventPlace["name"],
  rows: () => EventRows | null,
  steps: readonly Step[] = [],
): EventPlace => ({ name, rows: async () => rows(), steps: async () => steps });

const away = (name: EventPlace["name"]): EventPlace => ({
  name,
  rows: () => Promise.reject(new Error("it is away")),
  steps: () => Promise.reject(new Error("it is away")),
});

function finder(threads: readonly AskedThread[], ...places: readonly EventPlace[]): EventFinder {
  const gathering = new Gathering({
    ...{ application: "app", peers: null, clock: { nowMs: () => 0 } },
    self: async () => ({
      ...{ at: 0, replica: "one", url: null, version: "1", hash: null },
      ...{ state: "RUNNING", reason: null, problems: [], threads: [] },
    }),
  });
  return new EventFinder({
    ...{ replica: "one", gathering },
    threads: () => threads,
    places: () => places,
  });
}

test("an event is found in the thread that has it, whatever the others say", async () => {
  const { found, unasked } = await finder([broken, silent, elsewhere, owner]).event(ID, false);
  assert.deepEqual(found!.owner, { replica: "one", thread: "t5", task: "1_0" });
  assert.deepEqual([found!.foundIn, found!.status, unasked], ["state", "complete", []]);
});

test("where the state has nothing the next is asked, and so on; who cannot be asked is named", async () => {
  const lake = place("lake", () => ROWS);
  for (const [threads, places, foundIn, unasked] of [
    [[nothing], [place("mart", () => ROWS), lake], "mart", []],
    [[nothing], [place("mart", () => null), lake], "lake", []],
    [[nothing], [away("mart"), lake], "lake", ["the mart could not be asked: it is away"]],
    [[nothing], [], null, []],
    [
      [elsewhere],
      [lake],
      "lake",
      ["the state could not be asked: nobody who can be asked runs task 1_0"],
    ],
    [[broken], [], null, ["the state could not be asked: t4 is held up"]],
    [[silent], [], null, ["the state could not be asked: no thread of this process has answered"]],
    [[], [], null, ["the state could not be asked: no thread of this process has answered"]],
  ] as const) {
    const answer = await finder(threads, ...places).event(ID, false);
    assert.equal(answer.found?.foundIn ?? null, foundIn);
    assert.deepEqual(answer.unasked, unasked);
  }
});

test("mentions that came too late for their event do not hide it, and are told where nothing else is", async () => {
  const late = saying("t6", () => ({
    ...{ task: "1_0", isHere: true },
    found: { ...live, event: null, mentionCount: 1 },
  }));
  const lake = place("lake", () => ROWS);
  const mart = place("mart", () => ORPHANS);
  const { found } = await finder([late], mart, lake).event(ID, false);
  assert.deepEqual([found!.foundIn, found!.status], ["lake", "complete"]);
  const alone = await finder([late], mart).event(ID, false);
  assert.deepEqual([alone.found!.foundIn, alone.found!.status], ["state", "orphaned"]);
  assert.equal(alone.found!.mentionCount, 1);
});

test("who is asked for itself alone asks nobody else", async () => {
  const never = place("mart", () => assert.fail("the mart was asked"));
  const { found, unasked } = await finder([elsewhere], never).event(ID, true);
  assert.equal(found, null);
  assert.equal(unasked.length, 1);
});

test("steps are in the order of time, and those without one where they belong", async () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const step = (state: string, seconds: number): Step => ({
    ...{ at: at(seconds), state, reason: null, where: "mart" },
  });
  const mart = place("mart", () => null, [step("WAITING", 2), step("COMMITTED", 9)]);
  const { found, unasked } = await finder([owner], mart, away("lake")).steps(ID, false);
  assert.deepEqual(
    found!.map((each) => [each.where, each.state, each.at]),
    [
      ["state", "WAITING", null],
      ["mart", "WAITING", at(2)],
      ["state", "SILVER_COMPLETE", at(5)],
      ["state", "SILVER_COMPLETE", null],
      ["mart", "COMMITTED", at(9)],
    ],
  );
  assert.match(found![0]!.reason!, /^revision 1, at the close of slice 1970-01-01T00:00:00\.000Z$/);
  assert.deepEqual(unasked, ["the lake could not be asked: it is away"]);
  assert.equal(
    (
      await finder(
        [nothing],
        place("mart", () => null),
      ).steps(ID, false)
    ).found,
    null,
  );
});
