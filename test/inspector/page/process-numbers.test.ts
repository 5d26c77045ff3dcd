import assert from "node:assert/strict";
import { test } from "node:test";
import { exposition } from "../../../src/inspector/metrics/metric-registry.ts";
import { EventStreamParser } from "../../../src/inspector/page/event-stream-parser.ts";
import { historyPath } from "../../../src/inspector/page/history.ts";
import * as text from "../../../src/inspector/page/number-text.ts";
import { freshnessWithin, processNumbers } from "../../../src/inspector/page/process-numbers.ts";
import { ToldQueue } from "../../../src/inspector/page/told-queue.ts";
import { Vitals } from "../../../src/inspector/page/vitals.ts";
import type { ToldSentence } from "../../../src/inspector/sentence-ring.ts";
import type { StateView, TaskView } from "../../../src/inspector/state-view.ts";
import { MemoryPipeline } from "../memory-pipeline.ts";

test("numbers are read of what a process really tells", async () => {
  const pipeline = await MemoryPipeline.open(2);
  await pipeline.publish();
  await pipeline.publish();
  pipeline.nowMs += 1_800_000;
  await pipeline.thread.runUntilIdle();
  const { metrics } = await pipeline.report();
  const numbers = processNumbers(await exposition([metrics], "text"));
  assert.ok(
    numbers.tables.some(({ sink, commits }) => sink === "silver-events-lake" && commits > 0),
  );
  assert.ok(numbers.freshness.length > 5);
  assert.equal(freshnessWithin([], numbers.freshness, 1), 1800);
  assert.equal(freshnessWithin(numbers.freshness, numbers.freshness, 1), null);
  assert.ok(numbers.checkpointBytes > 0 && numbers.oldestCheckpoint !== null);
});

test("labels may hold anything", () => {
  const { tables } = processNumbers(
    [
      "# HELP gdelt_sink_commits_total Commits.",
      'gdelt_sink_commits_total{sink="a \\"b\\", {c}",result="ok"} 3',
      'gdelt_sink_commits_total{result="failed",sink="a \\"b\\", {c}"} 1',
    ].join("\n"),
  );
  assert.deepEqual(tables, [{ sink: 'a \\"b\\", {c}', last: null, commits: 3, failed: 1 }]);
});

test("of the mentions that must find their event a share has, whoever has counted them", () => {
  const task = (counts: Record<string, number>): TaskView => ({
    ...{ id: "1_0", isTable: false, state: "RUNNING", inputs: [], streamTime: null, stores: [] },
    ...{ counts, restoreLeftBytes: 0 },
  });
  const instance = (replica: string, counts: Record<string, number>): StateView => ({
    ...{ at: 1, replica, url: null, version: "1", hash: "a", state: "RUNNING", reason: null },
    problems: [],
    threads: [{ name: "main", state: "RUNNING", at: 1, tasks: [task(counts)] }],
  });
  const shareOf = (...instances: StateView[]) => {
    const vitals = new Vitals();
    vitals.takeState({ at: 1, application: "app", topologies: [], instances });
    return vitals.joined.last;
  };
  assert.equal(shareOf(instance("one", {})), null);
  const one = instance("one", { "mentions.joined": 5, "mentions.orphan.slice_missing": 1 });
  const two = instance("two", { "mentions.joined": 4, "mentions.orphan.before_start": 90 });
  assert.equal(shareOf(one, two), 0.9);
});

test("a stream is the same in whatever pieces it comes", () => {
  const whole = 'retry: 3\n\nevent: state\ndata: {"a":1}\n\nevent: sentence\ndata: ü\n\nevent: st';
  for (let size = 1; size < whole.length; size++) {
    const parser = new EventStreamParser();
    const found = [];
    for (let at = 0; at < whole.length; at += size) {
      found.push(...parser.take(whole.slice(at, at + size)));
    }
    assert.deepEqual(found, [
      { name: "state", data: '{"a":1}' },
      { name: "sentence", data: "ü" },
    ]);
  }
  const endless = new EventStreamParser();
  assert.throws(() => {
    for (let i = 0; i < 20; i++) endless.take("x".repeat(1 << 20));
  }, /has no end/);
});

test("sentences wait for their reader, and none is shown twice", () => {
  const told = (id: number, of: Partial<ToldSentence> = {}): ToldSentence => ({
    ...{ id: String(id), slice: 0, sentence: "", url: null, tone: null, goldstein: null },
    ...{ quad: 1, country: null, lat: 1, lon: 1 },
    ...of,
  });
  const queue = new ToldQueue();
  for (const id of [1, 2, 3, 2]) queue.take(told(id));
  assert.equal(queue.show(1), true);
  queue.isPaused = true;
  assert.equal(queue.show(9), false);
  assert.deepEqual([queue.shown.length, queue.waiting, queue.placed.length], [1, 2, 3]);
  queue.isPaused = false;
  queue.show(9);
  assert.deepEqual(
    queue.shown.map(({ id }) => id),
    ["3", "2", "1"],
  );
  queue.take(told(4, { slice: 7 * 3600, lat: null }));
  queue.take(told(5, { slice: 7 * 3600 }));
  assert.deepEqual(
    queue.placed.map(({ id }) => id),
    ["5"],
  );
  for (let id = 10; id < 10_000; id++) queue.take(told(id, { slice: 7 * 3600 }));
  assert.deepEqual([queue.waiting, queue.placed.length], [200, 3000]);
});

test("numbers are short", () => {
  assert.deepEqual([9999, 12_345, 3_400_000].map(text.count), ["9,999", "12.3K", "3.4M"]);
  assert.deepEqual([null, 0, 0.2, 12.6].map(text.rate), ["–", "0/s", "<1/s", "13/s"]);
  assert.deepEqual([0, 999, 1500, 2e9].map(text.bytes), ["0 B", "999 B", "1.5 KB", "2.0 GB"]);
  assert.deepEqual([0.02, 5, 60, 600, 7200, 1e6, null].map(text.duration), [
    "20 ms",
    "5.0 s",
    "60 s",
    "10 min",
    "2 h",
    "12 days",
    "–",
  ]);
  assert.equal(text.instant(Date.UTC(2026, 0, 1, 3, 15) / 1000), "2026-01-01 03:15");
  assert.equal(text.instant(1e20), "–");
});

test("a history is a line with gaps where nothing was known", () => {
  assert.equal(historyPath([1], 30), "");
  assert.equal(historyPath([0, 10, null, 10, 0], 30), "M0.0 29.0L25.0 1.0M75.0 1.0L100.0 29.0");
});
