import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { EVENT, MENTION } from "../../../src/gdelt/columns.ts";
import { parseStamp } from "../../../src/gdelt/feeds.ts";
import { EventIds } from "../../../src/ingest/slice-generator/event-ids.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";

/** How a stream is made up, against what was counted over real slices. */
const DAY_MS = 86_400_000;
const SPEC = { seed: 1, startMs: Date.UTC(2026, 3, 21), eventsPerSlice: 1600, gcamEntries: 5 };

/** Slices of a morning, a noon and an evening. */
const SLICES = [20, 52, 84];

type Rows = readonly string[][];

const rowsOf = (bytes: Buffer): Rows =>
  bytes
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((row) => row.split("\t"));

function within(value: number, low: number, high: number): void {
  assert(value >= low && value <= high, `${value} is not within ${low} and ${high}`);
}

function share(rows: Rows, test: (row: string[]) => boolean): number {
  return rows.filter(test).length / rows.length;
}

const countBy = (rows: Rows, column: number): number[] => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[column]!, (counts.get(row[column]!) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
};

const meanBytes = (rows: Rows): number =>
  rows.reduce((sum, row) => sum + Buffer.byteLength(row.join("\t")) + 1, 0) / rows.length;

/** Days from the slice of the event to that of the mention. */
const ageDays = (row: string[]): number =>
  (Math.floor(parseStamp(row[MENTION.MentionTimeDate]!)! / DAY_MS) * DAY_MS -
    Math.floor(parseStamp(row[MENTION.EventTimeDate]!)! / DAY_MS) * DAY_MS) /
  DAY_MS;

describe("the make-up of generated slices", () => {
  let events: Rows = [];
  let mentions: Rows = [];
  let perSlice: { mentions: Rows; gkg: Rows }[] = [];
  before(() => {
    const stream = new SliceStream(SPEC);
    const slices = SLICES.map((number) => stream.slice(number).feeds);
    const feed = (name: string) => slices.map((feeds) => rowsOf(feeds.get(name)!));
    const gkg = feed("gkg");
    events = feed("events").flat();
    mentions = feed("mentions").flat();
    perSlice = feed("mentions").map((rows, i) => ({ mentions: rows, gkg: gkg[i]! }));
  });

  test("a slice has as many events as asked for, and 2.6 to 4.5 mentions for each", () => {
    within(events.length / SLICES.length, 0.7 * 1600, 1.3 * 1600);
    within(mentions.length / events.length, 2.6, 4.5);
  });

  test("a quarter to 45 % of the mentions are of events of their own slice", () => {
    const own = share(
      mentions,
      (row) => row[MENTION.EventTimeDate] === row[MENTION.MentionTimeDate],
    );
    within(own, 0.24, 0.45);
  });

  for (const [days, low, high] of [
    [0, 0.985, 0.997],
    [1, 0.00002, 0.002],
    [7, 0.001, 0.012],
    [30, 0.0002, 0.004],
    [365, 0.0002, 0.003],
  ] as const) {
    test(`of mentions, ${low} to ${high} are of events recorded ${days} days ago`, () => {
      within(
        share(mentions, (row) => ageDays(row) === days),
        low,
        high,
      );
    });
  }

  test("there is no other age", () => {
    const known = new Set([0, 1, 7, 30, 365]);
    assert.deepEqual(
      mentions.filter((row) => !known.has(ageDays(row))),
      [],
    );
  });

  test("most events are mentioned once in a slice, on average 1.45 to 1.65 times", () => {
    for (const slice of perSlice) {
      const counts = countBy(slice.mentions, MENTION.GlobalEventID);
      within(slice.mentions.length / counts.length, 1.4, 1.7);
      within(counts.filter((count) => count === 1).length / counts.length, 0.63, 0.87);
      within(counts.at(-1)!, 5, 40);
    }
  });

  test("a document mentions three events in the middle, six on average", () => {
    for (const slice of perSlice) {
      const counts = countBy(slice.mentions, MENTION.MentionIdentifier);
      within(counts[Math.floor(counts.length / 2)]!, 2, 4);
      within(slice.mentions.length / counts.length, 5, 7);
    }
  });

  test("nearly all documents have a GKG row, a third of these rows is mentioned nowhere", () => {
    for (const slice of perSlice) {
      const known = new Set(slice.gkg.map((row) => row[4]!));
      const urls = new Set(slice.mentions.map((row) => row[MENTION.MentionIdentifier]!));
      const ofWeb = slice.mentions.filter((row) => row[MENTION.MentionType] === "1");
      within(
        share(ofWeb, (row) => known.has(row[MENTION.MentionIdentifier]!)),
        0.9,
        0.99,
      );
      within([...known].filter((url) => !urls.has(url)).length / urls.size, 0.4, 0.6);
    }
  });

  test("rows have the length of real ones", () => {
    within(meanBytes(events), 385, 425);
    within(meanBytes(mentions), 200, 220);
  });

  test("addresses have ports, and no TLS, as often as real ones", () => {
    const address = (row: string[]) => row[MENTION.MentionIdentifier]!;
    within(
      share(mentions, (row) => address(row).includes(":443/")),
      0.004,
      0.03,
    );
    within(
      share(mentions, (row) => address(row).startsWith("http://")),
      0.03,
      0.1,
    );
    within(
      share(mentions, (row) => row[MENTION.MentionType] === "2"),
      0.0001,
      0.01,
    );
    const spelled = mentions.map(address).join("\n");
    assert.match(spelled, /%C3%/);
    assert.match(spelled, /[à-ż]/);
  });

  test("events happened on the day they were recorded, but for 2 to 4 %", () => {
    const lag = (row: string[]) => row[EVENT.SQLDATE] !== row[EVENT.DATEADDED]!.slice(0, 8);
    within(share(events, lag), 0.015, 0.04);
  });

  test("ids go on from slice to slice, between them those of the other stream", () => {
    const ids = new EventIds({ seed: 1, eventsPerSlice: 1600 });
    const gaps: number[] = [];
    for (let slice = -50; slice < 150; slice++) {
      const { first, count } = ids.english(slice);
      const translated = ids.translated(slice);
      assert.equal(translated.first, first + count);
      assert.equal(ids.english(slice + 1).first, translated.first + translated.count);
      gaps.push(translated.count);
    }
    within(gaps.filter((gap) => gap === 0).length / gaps.length, 0.08, 0.22);
    within(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length / 1600, 0.55, 0.8);
  });
});
