import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { LiveStatus } from "../../src/app/live-pipeline.ts";
import { LiveView, statusLines } from "../../src/app/live-view.ts";

const status: LiveStatus = {
  seconds: 3723,
  newestMs: Date.UTC(2026, 0, 1, 3, 15),
  feed: {
    slices: 13,
    reopened: 0,
    rows: { events: 20_000, mentions: 125_201 },
    outcomes: { ok: 36, never_published: 2, md5_mismatch: 1 },
    files: 37,
    bytes: 1_000_000,
    seconds: 3723,
    peak_rss_mb: 300,
    interrupted: false,
  },
  rowsPerSecond: 6210.4,
  lag: 7,
  watermarkMs: Date.UTC(2026, 0, 1, 3),
  outcomes: {
    events: { SILVER_COMPLETE: 14_201, WAITING: 310 },
    mentions: {},
    gkg: {},
    dropped: {},
  },
  rates: { joined: 0.978, withContext: null },
  tables: { "silver/events": 14_511 },
};

const told = (sentence: string) => ({
  eventId: "1300000017",
  sliceMs: Date.UTC(2026, 0, 1, 3, 15),
  sentence,
  mentionCount: 12,
  article: "https://example.com/1",
  ...{ tone: null, goldstein: null, quadClass: null },
  ...{ country: null, latitude: null, longitude: null },
});

/** A stream that keeps what is written to it, as a terminal or not. */
function written(isTTY: boolean, columns = 80) {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  Object.assign(stream, { isTTY, columns });
  return { stream, text: () => String(stream.read() ?? "") };
}

test("the status says how far the feed, the joins and the tables are", () => {
  assert.deepEqual(statusLines(status, "data"), [
    "-- 01:02:03  slice 2026-01-01 03:15  watermark 2026-01-01 03:00  13 slices, " +
      "2 never published, 1 md5 mismatch",
    "   145,201 rows in, 6,210 rows/s, 7 behind  events 14,201 complete, 310 waiting  " +
      "mentions with event 97.8 %, with context -",
    "   data: silver/events 14,511",
  ]);
});

test("before anything has come the status has no numbers to show", () => {
  const nothing = {
    ...status,
    newestMs: null,
    feed: { ...status.feed, slices: 0, rows: {}, outcomes: {} },
    watermarkMs: Number.NEGATIVE_INFINITY,
  };
  assert.match(statusLines(nothing, "data")[0]!, /slice - {2}watermark - {2}0 slices$/);
});

test("sentences stay on a terminal, and the status is drawn over", () => {
  const { stream, text } = written(true, 40);
  const view = new LiveView(stream, "data");
  view.show(status, [told("FRANCE met GERMANY")]);
  const first = text();
  assert.match(first, /03:15.*FRANCE met GERMANY/);
  assert.equal(first.split("\n").length - 1, 4);
  view.show(status, []);
  const second = text();
  // Up over the three lines of the status, and not over the sentence.
  assert.ok(second.startsWith("\x1b[3A\x1b[J"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is sent
  for (const line of second.replaceAll(/\x1b\[\d*[A-Za-z]/g, "").split("\n")) {
    assert.ok(line.length < 40, `"${line}" would wrap`);
  }
});

test("where nobody can redraw, the status comes now and then", () => {
  const { stream, text } = written(false);
  const view = new LiveView(stream, "data");
  view.show({ ...status, seconds: 1 }, []);
  assert.match(text(), /145,201 rows/);
  view.show({ ...status, seconds: 2 }, [told("FRANCE met GERMANY")]);
  const second = text();
  assert.match(second, /FRANCE met GERMANY/);
  assert.doesNotMatch(second, /rows/);
  view.show({ ...status, seconds: 12 }, []);
  assert.match(text(), /145,201 rows/);
});

test("text of the news cannot steer the terminal", () => {
  const { stream, text } = written(false);
  new LiveView(stream, "data").show(status, [told("A\x1b[2J\x07\u202e met\r\nB")]);
  assert.match(text(), /A\ufffd\[2J\ufffd\ufffd met\ufffd\ufffdB/);
});
