import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadQuestions } from "../../src/app/inspector/thread-questions.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import { SILVER_TOPICS } from "../../src/silver/silver-topology.ts";
import { FIRST_MS, MemoryApplication } from "../inspector/memory-application.ts";
import { newestRows } from "./newest-rows.ts";

const clock = { nowMs: () => FIRST_MS };

async function opened(partitions: number) {
  const application = await MemoryApplication.open(partitions, clock);
  const thread = await openStreams(
    application.config(() => {}),
    application.topics,
  );
  const questions = new ThreadQuestions(clock);
  const { topology, log } = application;
  questions.attach({ topology, thread, log, generation: 1 });
  const ask = (id: number) => askedIn(thread, questions, id);
  return { application, thread, ask };
}

/** An answer takes a round. */
async function askedIn(thread: StreamThread, questions: ThreadQuestions, id: number) {
  const asked = questions.answer({ kind: "event", id });
  await thread.runOnce();
  return (await asked)!;
}

test("the state says of every event what the newest rows of the tables say", async () => {
  const { application, thread, ask } = await opened(3);
  for (let slice = 0; slice < 4; slice++) {
    await application.publish();
    await thread.runUntilIdle();
  }
  const { log } = application;
  const events = await newestRows(log, SILVER_TOPICS.events, "global_event_id");
  const mentions = await newestRows(log, SILVER_TOPICS.mentions, "mention_key");
  const byEvent = Map.groupBy(mentions.values(), (row) => String(row["global_event_id"]));
  const seen = { complete: 0, waiting: 0, joined: 0 };
  assert.ok(events.size > 100);
  for (const [id, event] of events) {
    const { isHere, found } = await ask(Number(id));
    assert.ok(isHere);
    assert.deepEqual(found!.event, event);
    const expected = (byEvent.get(id) ?? []).map((row) => row["mention_key"]).sort();
    assert.deepEqual(found!.mentions.map((row) => row["mention_key"]).sort(), expected);
    assert.equal(found!.mentionCount, expected.length);
    const last = found!.steps.at(-1)!;
    assert.deepEqual([last.state, last.revision], [event["status"], event["revision"]]);
    seen[event["status"] === "WAITING" ? "waiting" : "complete"]++;
    seen.joined += expected.length;
  }
  assert.ok(Math.min(seen.complete, seen.waiting, seen.joined) > 0, JSON.stringify(seen));
  thread.close();
});

test("mentions without their event are there too, and of another nothing", async () => {
  const { application, thread, ask } = await opened(2);
  // Its last rows are those of a feed that is not followed.
  await application.publish((feed, bytes) =>
    feed === "events" ? bytes.subarray(0, bytes.indexOf("\n", bytes.length >> 1) + 1) : bytes,
  );
  await thread.runUntilIdle();
  const events = await newestRows(application.log, SILVER_TOPICS.events, "global_event_id");
  const mentions = await newestRows(application.log, SILVER_TOPICS.mentions, "mention_key");
  const orphans = mentions.values().filter((row) => !events.has(String(row["global_event_id"])));
  const orphan = orphans.next().value!;
  const { found } = await ask(orphan["global_event_id"] as number);
  assert.equal(found!.event, null);
  assert.equal(found!.mentions[0]!["orphan_reason"], orphan["orphan_reason"]);
  assert.equal(found!.steps[0]!.state, `orphan: ${orphan["orphan_reason"]}`);
  assert.deepEqual(await ask(1), { ...(await ask(1)), isHere: true, found: null });
  thread.close();
});

test("an event is there as soon as its row is, before its slice has closed", async () => {
  const known = await opened(1);
  await known.application.publish();
  await known.thread.runUntilIdle();
  const { log } = known.application;
  const events = await newestRows(log, SILVER_TOPICS.events, "global_event_id");
  known.thread.close();
  const { application, thread, ask } = await opened(1);
  const id = Number(events.keys().next().value);
  await application.publish();
  let open = 0;
  for (let round = 0; round < 100; round++) {
    const { found } = await ask(id);
    if (found === null) continue;
    if (found.steps.length > 0) break;
    assert.equal(found.event!["global_event_id"], id);
    open++;
  }
  assert.ok(open > 0);
  thread.close();
});
