import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { EventAnswer } from "../../../src/app/inspector/events/event-rows.ts";
import type { JsonRow } from "../../../src/gdelt/json-row.ts";
import type { GatheredState } from "../../../src/inspector/peers/gathering.ts";
import { SILVER_TOPICS } from "../../../src/silver/silver-topology.ts";
import { newestRows } from "../../silver/newest-rows.ts";
import { MemoryReplicas } from "./memory-replicas.ts";

describe("three replicas, asked at one of them", { timeout: 60_000 }, () => {
  let replicas: MemoryReplicas;
  let events: Map<string, JsonRow>;
  let mentions: Map<string, JsonRow>;

  const get = async <T>(name: string, path: string): Promise<[number, T]> => {
    const response = await replicas.get(name, path);
    return [response.status, (await response.json()) as T];
  };
  const state = async (name: string, query = "") =>
    (await get<GatheredState>(name, `/topology/state${query}`))[1];

  before(async () => {
    replicas = await MemoryReplicas.open(["one", "two", "three"], 4);
    for (let slice = 0; slice < 3; slice++) await replicas.publish();
    const { log } = replicas.application;
    events = await newestRows(log, SILVER_TOPICS.events, "global_event_id");
    mentions = await newestRows(log, SILVER_TOPICS.mentions, "mention_key");
  });
  after(() => replicas.close());

  test("tell of the whole application, each task once", async () => {
    const one = await state("one");
    const two = await state("two");
    assert.deepEqual(
      one.instances.map(({ replica }) => replica),
      ["one", "three", "two"],
    );
    const tasks = ({ instances }: GatheredState) =>
      instances.flatMap(({ threads }) => threads.flatMap((each) => each.tasks.map(({ id }) => id)));
    assert.equal(new Set(tasks(one)).size, tasks(one).length);
    assert.deepEqual(tasks(one).sort(), tasks(two).sort());
    assert.equal(tasks(one).length, 4 * (2 + 7) + 1);
    assert.equal(one.application, "app");
    const [topology, ...others] = one.topologies;
    assert.deepEqual(topology!.replicas.toSorted(), ["one", "three", "two"]);
    assert.deepEqual(others, []);
    for (const { url, replica } of one.instances) assert.equal(url, replicas.url(replica));
  });

  test("tell of themselves alone, if that is asked", async () => {
    const { instances } = await state("two", "?self");
    assert.deepEqual(
      instances.map(({ replica }) => replica),
      ["two"],
    );
    const all = await state("one");
    const same = all.instances.find(({ replica }) => replica === "two")!;
    const ids = (view: typeof same) => view.threads.flatMap(({ tasks }) => tasks.map((t) => t.id));
    assert.deepEqual(ids(instances[0]!), ids(same));
  });

  test("know every event, whoever has it, as the tables do", async () => {
    const owners = new Map<string, number>();
    const byEvent = Map.groupBy(mentions.values(), (row) => String(row["global_event_id"]));
    for (const [id, event] of [...events].slice(0, 60)) {
      const [status, answer] = await get<EventAnswer>("one", `/events/${id}`);
      assert.equal(status, 200);
      assert.deepEqual([answer.id, answer.foundIn], [Number(id), "state"]);
      assert.deepEqual(answer.event, event);
      assert.equal(answer.sentence, event["sentence"]);
      assert.equal(answer.status, event["status"] === "WAITING" ? "waiting" : "complete");
      const own = byEvent.get(id) ?? [];
      assert.equal(answer.mentionCount, own.length);
      const documents = new Set(own.map((row) => row["mention_identifier"]));
      assert.deepEqual(new Set(answer.documents.map((each) => each["identifier"])), documents);
      const { replica, task, thread } = answer.owner!;
      owners.set(replica, (owners.get(replica) ?? 0) + 1);
      assert.equal(thread, "thread-1");
      const [alone] = await get("one", `/events/${id}?self`);
      assert.equal(alone, replica === "one" ? 200 : 503, `${task} of ${replica}`);
    }
    owners.delete("one");
    assert.ok(owners.size > 0, "others were asked");
  });

  test("know its steps, and what is no event they say", async () => {
    const [id] = [...events].find(([, row]) => row["status"] === "SILVER_COMPLETE")!;
    const [, { steps }] = await get<{ steps: readonly JsonRow[] }>("two", `/audit/${id}`);
    assert.ok(steps.some((step) => step["state"] === "SILVER_COMPLETE" && step["at"] !== null));
    assert.ok(steps.every(({ where }) => where === "state"));
    for (const path of ["events", "audit"]) {
      assert.deepEqual(await get("one", `/${path}/1`), [
        404,
        { error: "nobody who was asked knows of event 1" },
      ]);
      for (const name of ["0x1", "-1", "1e5", "1234567890123456", "%27%20or%201=1", "abc"]) {
        const [status, { error }] = await get<{ error: string }>("one", `/${path}/${name}`);
        assert.equal(status, 400, name);
        assert.match(error, /^a GlobalEventID is a number of up to 15 digits, not "/);
      }
      assert.equal((await get("one", `/${path}/%ff`))[0], 400);
      assert.equal((await get("one", `/${path}/`))[0], 404);
      assert.equal((await get("one", `/${path}/1/2`))[0], 404);
    }
  });

  test("say who is gone, and find the event again when another has its task", async () => {
    let of: EventAnswer | null = null;
    for (const id of events.keys()) {
      [, of] = await get<EventAnswer>("one", `/events/${id}`);
      if (of.owner!.replica !== "one") break;
    }
    assert.ok(of);
    const victim = of.owner!.replica;
    assert.notEqual(victim, "one");
    await replicas.kill(victim);
    const { instances, topologies } = await state("one");
    const gone = instances.find(({ replica }) => replica === victim)!;
    assert.deepEqual([gone.state, gone.at, gone.threads], ["UNREACHABLE", null, []]);
    assert.match(gone.reason!, /ECONNREFUSED/);
    assert.equal(topologies[0]!.replicas.length, 2);
    assert.ok(!topologies[0]!.replicas.includes(victim));
    const [status, { error }] = await get<{ error: string }>("one", `/events/${of.id}`);
    assert.equal(status, 503);
    assert.match(error, new RegExp(`nobody who can be asked runs task ${of.owner!.task}`));
    await replicas.forget();
    const [found, again] = await get<EventAnswer>("one", `/events/${of.id}`);
    assert.equal(found, 200);
    assert.deepEqual(again.event, of.event);
    assert.notEqual(again.owner!.replica, victim);
  });
});
