import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ThreadReporter } from "../../../src/app/inspector/thread-reporter.ts";
import { openSession } from "../../../src/app/session.ts";
import { parseSliceFileName } from "../../../src/gdelt/feeds.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import type { MetricSnapshot } from "../../../src/inspector/metrics/metric-registry.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { listSlices, readFeedFile } from "../../../src/sources/slice-archive.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { compareWithOracle, type Report } from "../../oracle/compare.ts";
import { pythonReaders } from "../../python-readers.ts";
import { filesOf, writeFiles } from "../../silver/folder.ts";
import { makeScenario } from "../../simulation/scenario.ts";

const NEVER = Number.POSITIVE_INFINITY;
const DAY = 96;
const clock = { nowMs: () => Date.now() };
const noPython =
  (await pythonReaders()) === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";

/** One process: joins what lies in the folder, and tells its metrics at its end. */
async function runProcess(slices: string, out: string): Promise<readonly MetricSnapshot[]> {
  const reporter = new ThreadReporter(clock, "main");
  const session = await openSession(
    {
      ...{
        application: null,
        folder: out,
        tables: null,
        checkpoints: null,
        kafka: null,
        mart: null,
      },
      feeds: ["events", "mentions", "gkg"],
      partitions: 3,
      retentionMs: 8 * 86_400_000,
      bronze: false,
      commit: {
        ...{ closedMs: 0, intervalMs: NEVER, outputBytesMax: NEVER },
        ...{ tableBytesMax: NEVER, tableIntervalMs: 50 },
      },
      retry: {
        ...{ taskAttemptsMax: 1, tableAttemptsMax: 1, waitMs: 1, waitMsMax: 1 },
        wait: async () => {},
      },
      onEvent: (event) => reporter.take(event),
    },
    clock,
  );
  try {
    reporter.attach(session.application.topology, session.thread);
    for (const slice of (await listSlices(slices, parseSliceFileName)).slices) {
      await session.publisher.publish(slice, readFeedFile);
      await session.thread.runUntilIdle();
    }
    const reporting = reporter.report();
    await session.thread.runOnce();
    return (await reporting).metrics;
  } finally {
    reporter.close();
    await session.close();
  }
}

/** Values of a metric by the values of its labels. */
function valuesOf(metrics: readonly MetricSnapshot[], name: string): Record<string, number> {
  const { values } = metrics.find((metric) => metric.name === name)!;
  return Object.fromEntries(
    values.map(({ labels, value }) => [Object.values(labels).join(" "), value]),
  );
}

const added = (...all: readonly Record<string, number>[]): Record<string, number> =>
  Object.fromEntries(
    Object.keys(all[0]!).map((name) => [name, all.reduce((sum, of) => sum + of[name]!, 0)]),
  );

/** Rows of the table of dead letters, by feed and the code of the reason. */
async function deadLetters(out: string): Promise<Record<string, number>> {
  const store = new FolderObjectStore(out);
  const log = new DeltaLog(store, "dead_letter");
  const counts: Record<string, number> = {};
  for (const file of (await log.load())!.files.keys()) {
    for (const batch of readParquet((await store.get(log.path(decodeURIComponent(file))))!)) {
      for (let row = 0; row < batch.numRows; row++) {
        const code = String(batch.getChild("reason")!.get(row)).split(":")[0];
        const name = `${batch.getChild("feed")!.get(row)} ${code}`;
        counts[name] = (counts[name] ?? 0) + 1;
      }
    }
  }
  return counts;
}

describe("metrics of two processes, one after the other", { skip: noPython }, () => {
  let scratch: string;
  let out: string;
  let first: readonly MetricSnapshot[];
  let second: readonly MetricSnapshot[];
  let counts: Report["counts"];

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "silver-metrics-"));
    const slices = join(scratch, "slices");
    out = join(scratch, "out");
    await mkdir(slices);
    const random = new Random(5, 1);
    const scenario = makeScenario({
      seed: 11,
      slices: [0, 1, 2, 3, 4, 5],
      events: 30,
      translation: false,
      arrival: "in-order",
      retentionSlices: 8 * DAY,
      close: false,
    });
    const files = await filesOf(scenario);
    // What is missing at first turns orphans into joined mentions when it comes.
    const late = new Set(files.filter(() => random.chance(0.3)));
    assert.ok(late.size > 2 && late.size < files.length - 3);
    await writeFiles(
      slices,
      files.filter((file) => !late.has(file)),
      random,
    );
    first = await runProcess(slices, out);
    await writeFiles(slices, [...late], random);
    second = await runProcess(slices, out);
    const report = await compareWithOracle({ slices, out });
    assert.ok(report.equal, report.message);
    ({ counts } = report);
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  const both = (name: string) => added(valuesOf(first, name), valuesOf(second, name));

  test("good and due of the joins are what the batch join finds", () => {
    assert.ok(counts["joined"]! > 100 && counts["with_context"]! > 20);
    assert.deepEqual(both("gdelt_join_good_total"), {
      event: counts["joined"],
      document: counts["with_context"],
    });
    assert.deepEqual(both("gdelt_join_due_total"), {
      event:
        counts["joined"]! +
        counts["orphans_slice_missing"]! +
        counts["orphans_older_than_retention"]!,
      document: counts["mentions"]! - counts["citations"]!,
    });
  });

  test("dead letters and duplicates are those of the tables, by reason", async () => {
    const letters = await deadLetters(out);
    const total = Object.values(letters).reduce((sum, count) => sum + count, 0);
    assert.ok(total > 0);
    assert.equal(total, counts["dead_letters"]);
    const told = Object.entries(both("gdelt_dlq_records_total")).filter(([, count]) => count > 0);
    assert.deepEqual(
      Object.fromEntries(told.sort()),
      Object.fromEntries(Object.entries(letters).sort()),
    );
    const dropped = both("gdelt_records_dropped_total");
    assert.ok(counts["duplicate_mentions"]! > 0);
    assert.equal(dropped["mentions duplicate"], counts["duplicate_mentions"]);
    assert.equal(dropped["events duplicate"], counts["duplicate_events"]);
  });

  test("the rows by outcome are those of the state, and go on in the next process", () => {
    const rows = valuesOf(second, "gdelt_join_rows");
    assert.equal(rows["mentions joined"], counts["joined"]);
    assert.equal(rows["events complete"], counts["complete"]);
    assert.equal(rows["mentions before_start"], counts["orphans_before_start"]);
    const before = valuesOf(first, "gdelt_join_rows");
    assert.ok(before["mentions joined"]! > 0);
    assert.ok(rows["mentions joined"]! > before["mentions joined"]!);
  });

  test("an outcome that became a better one has counted twice", () => {
    const outcomes = both("gdelt_join_outcomes_total");
    assert.ok(outcomes["mentions slice_missing"]! > counts["orphans_slice_missing"]!);
    assert.ok(outcomes["mentions joined"]! >= counts["joined"]!);
  });

  test("what a source has read is what was published, in both processes together", () => {
    const consumed = both("gdelt_records_consumed_total");
    const rows = (kind: string) =>
      counts[kind]! +
      counts[`duplicate_${kind}`]! +
      lettersOf(both("gdelt_dlq_records_total"), kind);
    assert.equal(consumed["events-source"], rows("events"));
    assert.equal(consumed["mentions-source"], rows("mentions"));
  });
});

const lettersOf = (letters: Record<string, number>, stream: string): number =>
  Object.entries(letters).reduce(
    (sum, [name, count]) => (name.startsWith(`${stream} `) ? sum + count : sum),
    0,
  );
