import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SliceEntry } from "../../src/ingest/slice-entry.ts";
import { SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import { RetriableError } from "../../src/record/errors.ts";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { type Crash, CrashingLog } from "./crashing-log.ts";
import { propertyRuns } from "./property-runs.ts";
import {
  batches,
  damaged,
  entries,
  fileOf,
  newLog,
  OPTIONS,
  publishedRows,
  sliceOf,
} from "./published.ts";

/** A slice as it lies in the folder at some time: which version of each feed's file is there. */
interface Delivery {
  readonly stamp: string;
  /** Version 0 is a damaged file. */
  readonly versions: Readonly<Partial<Record<string, number>>>;
}

const STAMPS = ["20150218230000", "20150218231500", "20150218233000"];

const content = (path: string, version: number): string =>
  Array.from({ length: 2 + version }, (_, row) => `${row}\t${path}\tv${version}\n`).join("");

async function publishAll(log: Log, deliveries: readonly Delivery[]): Promise<void> {
  const publisher = await SlicePublisher.open(log, OPTIONS);
  for (const { stamp, versions } of deliveries) {
    await publisher.publish(sliceOf(stamp, Object.keys(versions)), async (path) => {
      const version = versions[path.slice(15)]!;
      if (version > 0) return fileOf(path, content(path, version));
      throw damaged(path);
    });
  }
  await publisher.endOfStream();
}

/** Every process but the last dies; each begins from the start, as with a folder listed anew. */
async function publishDespite(
  log: Log,
  deliveries: readonly Delivery[],
  crashes: readonly Crash[],
) {
  for (const crash of crashes) {
    const dying = new CrashingLog(log, crash);
    await publishAll(dying, deliveries).catch((error) => {
      if (!(error instanceof RetriableError)) throw error;
    });
  }
  await publishAll(log, deliveries);
}

/** Each version of each file is there whole and once. */
async function checkRows(log: Log, deliveries: readonly Delivery[]): Promise<void> {
  const expected = deliveries.flatMap(({ stamp, versions }) =>
    Object.entries(versions).flatMap(([feed, version = 0]) => {
      const path = `${stamp}.${feed}`;
      const rows = version > 0 ? content(path, version).split("\n").slice(0, -1) : [];
      return rows.map((text, ordinal) => `${ordinal} ${text}`);
    }),
  );
  const published = [];
  for (const feed of OPTIONS.feeds) published.push(...(await publishedRows(log, `gdelt.${feed}`)));
  const found = published.map(({ ordinal, text }) => `${ordinal} ${text}`);
  assert.deepEqual(found.sort(), [...new Set(expected)].sort());
}

/** Every attempt is closed once by every feed, and what it says about missing feeds is true. */
async function checkAttempts(log: Log): Promise<void> {
  const all = (await entries(log)).filter((entry) => "slice" in entry);
  const closedBy = Map.groupBy(all, ({ slice, attempt }) => `${slice} ${attempt}`);
  for (const [attempt, closed] of closedBy) {
    const feeds = closed.map(({ feed }) => feed);
    assert.deepEqual(feeds.sort(), [...OPTIONS.feeds].sort(), attempt);
  }
  const isPublished = (feed: string, { slice, attempt }: SliceEntry) =>
    all.some(
      (each) =>
        each.feed === feed &&
        each.slice === slice &&
        each.attempt <= attempt &&
        each.status === "published",
    );
  for (const entry of all) {
    assert.equal(entry.missing.includes(entry.feed), !isPublished(entry.feed, entry));
    for (const feed of entry.missing) assert(!isPublished(feed, entry), `${feed} is not missing`);
  }
  for (const feed of OPTIONS.feeds) {
    const markers = (await batches(log, `gdelt.${feed}`)).flatMap(({ control, partition }) =>
      control ? [`${partition} ${control.sliceMs} ${control.attempt}`] : [],
    );
    assert.equal(markers.length, new Set(markers).size, "a marker came twice");
    assert.equal(markers.length, (closedBy.size + 1) * OPTIONS.partitions);
    assert.equal(markers.filter((marker) => marker.includes(`${END_OF_STREAM}`)).length, 2);
  }
}

const SCENARIO: readonly Delivery[] = [
  { stamp: STAMPS[0]!, versions: { events: 1, mentions: 1, gkg: 1 } },
  { stamp: STAMPS[1]!, versions: { events: 1, mentions: 0 } },
  { stamp: STAMPS[2]!, versions: { events: 1, mentions: 1, gkg: 1 } },
  { stamp: STAMPS[1]!, versions: { events: 1, mentions: 1, gkg: 1 } },
  { stamp: STAMPS[0]!, versions: { events: 1, mentions: 1, gkg: 2 } },
];

describe("SlicePublisher, killed", () => {
  test("at any call to the log, carried out or not, publishes each file once", async () => {
    const counting = new CrashingLog(await newLog(), { call: Infinity, carriedOut: false });
    await publishAll(counting, SCENARIO);
    assert(counting.calls > 60, `${counting.calls} calls`);
    for (let call = 0; call < counting.calls; call++) {
      for (const carriedOut of [false, true]) {
        const log = await newLog();
        await publishDespite(log, SCENARIO, [{ call, carriedOut }]);
        await checkRows(log, SCENARIO);
        await checkAttempts(log);
      }
    }
  });

  test("several times, with any files, publishes each file once", async () => {
    const version = fc.integer({ min: 0, max: 2 });
    const delivery = fc.record({
      stamp: fc.constantFrom(...STAMPS),
      versions: fc.record(
        { events: version, mentions: version, gkg: version },
        { requiredKeys: [] },
      ),
    });
    const crash = fc.record({ call: fc.nat({ max: 60 }), carriedOut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(delivery, { maxLength: 8 }),
        fc.array(crash, { maxLength: 4 }),
        async (deliveries, crashes) => {
          const log = await newLog();
          await publishDespite(log, deliveries, crashes);
          await checkRows(log, deliveries);
          await checkAttempts(log);
        },
      ),
      propertyRuns(150),
    );
  });
});
