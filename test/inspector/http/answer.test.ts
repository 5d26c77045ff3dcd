import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers } from "../../../src/inspector/http/answer.ts";
import type { Inspected, InspectedThread } from "../../../src/inspector/inspected.ts";
import { ownState } from "../../../src/inspector/own-state.ts";
import { type GatheredState, Gathering } from "../../../src/inspector/peers/gathering.ts";
import type { StateView } from "../../../src/inspector/state-view.ts";
import { describedTopology } from "../../../src/inspector/topology-formats.ts";
import { describe as described } from "../../../src/topology/describe.ts";
import { FIRST_MS } from "../memory-application.ts";
import { MemoryPipeline } from "../memory-pipeline.ts";

const WAITING = { isReady: false, state: "REBALANCING", reason: "main is PARTITIONS_ASSIGNED" };

async function answersOf(more: Partial<Inspected> = {}) {
  const pipeline = await MemoryPipeline.open(2);
  const threads = async (): Promise<readonly InspectedThread[]> => [
    {
      name: "main",
      state: "RUNNING",
      report: { ...(await pipeline.report()), atMs: pipeline.nowMs, problems: [] },
    },
  ];
  const inspected: Inspected = {
    application: "app",
    replica: "one",
    version: "1.2.3",
    topology: describedTopology(pipeline.topology),
    readiness: { isReady: true, state: "RUNNING", reason: null },
    threads,
    problems: async () => [],
    metrics: async (asked) => asked.map(({ report }) => report!.metrics),
    ...more,
  };
  const clock = { nowMs: () => pipeline.nowMs };
  const self = ownState(inspected, clock, () => null);
  const gathering = new Gathering({ application: "app", peers: null, clock, self });
  const answers = new Answers(inspected, gathering, []);
  const get = (path: string, accept = "") =>
    answers.to({ path, query: new URLSearchParams(), accept });
  return { pipeline, get };
}

test("readiness says why not, and health does not ask for it", async () => {
  const { get } = await answersOf({ readiness: WAITING });
  const { status, body } = await get("/readyz");
  assert.equal(status, 503);
  const { state, reason } = WAITING;
  assert.deepEqual(JSON.parse(body), { ready: false, state, reason });
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await (await answersOf()).get("/readyz")).status, 200);
});

test("the topology is there in each format, by its ending or by what is accepted", async () => {
  const { pipeline, get } = await answersOf();
  const text = described(pipeline.topology);
  assert.equal((await get("/topology.text")).body, text);
  assert.equal((await get("/topology", "text/plain")).body, text);
  assert.ok(JSON.parse((await get("/topology", "*/*")).body));
  assert.equal((await get("/topology.json")).body, (await get("/topology")).body);
  assert.match((await get("/topology.dot")).body, /^digraph /);
  assert.match((await get("/topology.mermaid")).body, /^(?:flowchart|graph) /);
  assert.equal((await get("/topology.png")).status, 404);
  assert.match((await get("/topology.svg")).body, /^<svg .*complete-events/s);
  assert.ok(JSON.parse((await get("/topology.layout")).body).nodes.length > 20);
  const early = await answersOf({ topology: null });
  assert.equal((await early.get("/topology")).status, 503);
});

test("metrics are in the format that is accepted", async () => {
  const { get } = await answersOf();
  const text = await get("/metrics", "*/*");
  assert.match(text.contentType, /^text\/plain; version=0\.0\.4/);
  assert.match(text.body, /^gdelt_join_good_total\{join="event"\} 0$/m);
  const open = await get(
    "/metrics",
    "application/openmetrics-text; version=1.0.0, text/plain;q=0.5",
  );
  assert.match(open.contentType, /^application\/openmetrics-text/);
  assert.ok(open.body.endsWith("# EOF\n"));
});

test("the state has every task with its positions, lag, watermark, stores and rates", async () => {
  const { pipeline, get } = await answersOf();
  const state = async () => {
    const { instances } = JSON.parse((await get("/topology/state")).body) as GatheredState;
    return instances[0]!;
  };
  const inputOf = ({ threads }: StateView, task: string) =>
    threads[0]!.tasks
      .find(({ id }) => id === task)!
      .inputs.find(({ node }) => node === "gkg-source")!;
  await pipeline.publish();
  pipeline.nowMs += 10_000;
  const first = await state();
  assert.equal(first.hash, describedTopology(pipeline.topology).hash);
  const before = inputOf(first, "0_1");
  assert.ok(before.lagRecords > 0);
  assert.deepEqual([before.lagSeconds, before.watermark, before.rate], [10, null, null]);
  await pipeline.thread.runUntilIdle();
  pipeline.nowMs += 5000;
  const second = await state();
  const after = inputOf(second, "0_1");
  assert.deepEqual([after.lagRecords, after.lagSeconds], [0, 0]);
  assert.equal(after.watermark, FIRST_MS / 1000);
  assert.equal(after.rate, (after.position - before.position) / 5);
  const [thread] = second.threads;
  const { stores, streamTime } = thread!.tasks.find(({ id }) => id === "0_1")!;
  assert.equal(streamTime, FIRST_MS / 1000);
  assert.ok(stores.some(({ name, bytes }) => name === "documents" && bytes > 0));
  // Two joins and seven tables for each partition, and one for the slices.
  assert.equal(thread!.tasks.length, 2 * (2 + 7) + 1);
});
