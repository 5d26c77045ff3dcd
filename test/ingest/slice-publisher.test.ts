import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError } from "../../src/record/errors.ts";
import type { Records } from "../../src/record/record-batch.ts";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { oneRow } from "../sources/log-records.ts";
import {
  batches,
  content,
  damaged,
  entries,
  fileOf,
  forwarding,
  newLog,
  OPTIONS,
  openPublisher,
  publishedRows,
  readContent,
  rowsOf,
  short,
  shortEntries,
  sliceOf,
} from "./published.ts";

const ALL = OPTIONS.feeds;
const S1 = "20150218230000";
const S2 = "20150218231500";
const S3 = "20150218233000";

describe("SlicePublisher", () => {
  test("publishes a slice with rows, end markers and entries", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    const { outcome, closed, duplicates, refused } = await publisher.publish(
      sliceOf(S1, ALL),
      readContent,
    );
    assert.deepEqual([outcome, duplicates, refused], ["published", 0, 0]);
    assert.deepEqual(
      closed.map(({ feed, status, rows }) => [feed, status, rows]),
      ALL.map((feed) => [feed, "published", 3]),
    );
    assert.deepEqual((await rowsOf(log, "events")).sort(), [
      `1\t${S1}.events @1`,
      `2\t${S1}.events @1`,
      `3\t${S1}.events @1`,
    ]);
    assert.deepEqual(await entries(log), closed);
    const path = `${S1}.gkg`;
    assert.deepEqual(closed[2], {
      slice: S1,
      attempt: 1,
      feed: "gkg",
      status: "published",
      file: path,
      checksum: fileOf(path, content(path)).checksum,
      bytes: content(path).length,
      rows: 3,
      reason: null,
      outcome: "collapsed",
      feeds: ALL,
      missing: [],
    });
  });

  test("rows carry their file, slice and number in the file", async () => {
    const log = await newLog();
    await (await openPublisher(log)).publish(sliceOf(S1, ALL), readContent);
    const rows = await publishedRows(log, "gdelt.mentions");
    assert.deepEqual(
      rows.map(({ ordinal, file, slice, feed }) => [ordinal, file, slice, feed]).sort(),
      [0, 1, 2].map((ordinal) => [ordinal, `${S1}.mentions`, S1, "mentions"]),
    );
  });

  test("each feed is one transaction: a reader sees all of it or nothing", async () => {
    const log = await newLog();
    const commits: string[][] = [];
    let sent: string[] = [];
    const watched: Log = {
      ...forwarding(log),
      producer: async (id) => {
        assert.equal(id, "test-publisher");
        const producer = await log.producer(id);
        return {
          send: (records) => {
            sent.push(`${records.topic}-${records.partition}`);
            return producer.send(records);
          },
          sendOffsets: (...offsets) => producer.sendOffsets(...offsets),
          commit: () => {
            commits.push(sent);
            sent = [];
            return producer.commit();
          },
          abort: () => producer.abort(),
        };
      },
    };
    await (await openPublisher(watched)).publish(sliceOf(S1, ALL), readContent);
    assert.deepEqual(
      commits.map((topics) => [...new Set(topics)]),
      ["events", "mentions", "gkg"].map((kind) => [
        `gdelt.${kind}-0`,
        `gdelt.${kind}-1`,
        "gdelt.slices-0",
      ]),
    );
  });

  test("a feed without a file is closed empty and named as missing by all", async () => {
    const log = await newLog();
    await (await openPublisher(log)).publish(sliceOf(S1, ["events", "gkg"]), readContent);
    assert.deepEqual(await shortEntries(log), [
      "2300@1 events published 3 [mentions]",
      "2300@1 mentions missing 0 [mentions]",
      "2300@1 gkg published 3 [mentions]",
    ]);
    for (const topic of ["gdelt.events", "gdelt.mentions", "gdelt.gkg"]) {
      for (const { control } of await batches(log, topic)) {
        if (control) assert.deepEqual(control.missing, ["mentions"]);
      }
    }
    assert.deepEqual(await rowsOf(log, "mentions"), []);
  });

  test("a slice without any file, and an empty file, are closed too", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, []), readContent);
    await publisher.publish(sliceOf(S2, ALL), async (path) => fileOf(path, ""));
    assert.deepEqual(await shortEntries(log), [
      "2300@1 events missing 0 [events,mentions,gkg]",
      "2300@1 mentions missing 0 [events,mentions,gkg]",
      "2300@1 gkg missing 0 [events,mentions,gkg]",
      "2315@1 events published 0 []",
      "2315@1 mentions published 0 []",
      "2315@1 gkg published 0 []",
    ]);
  });

  test("the same slice again is nothing to do, also for the next process", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    const before = await shortEntries(log);
    for (const again of [publisher, await openPublisher(log)]) {
      const result = await again.publish(sliceOf(S1, ALL), readContent);
      assert.deepEqual(result, { outcome: "unchanged", closed: [], duplicates: 3, refused: 0 });
    }
    assert.deepEqual(await shortEntries(log), before);
  });

  test("a file that turns up later re-opens the slice, other feeds close it empty", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ["events"]), readContent);
    await publisher.publish(sliceOf(S2, ALL), readContent);
    const late = await publisher.publish(sliceOf(S1, ["events", "gkg"]), readContent);
    assert.equal(late.duplicates, 1);
    assert.deepEqual(late.closed.map(short), [
      "2300@2 events published 0 [mentions] unchanged",
      "2300@2 mentions missing 0 [mentions]",
      "2300@2 gkg published 3 [mentions]",
    ]);
    await publisher.publish(sliceOf(S1, ["mentions"]), readContent);
    assert.deepEqual((await shortEntries(log)).slice(-3), [
      "2300@3 events published 0 [] unchanged",
      "2300@3 mentions published 3 []",
      "2300@3 gkg published 0 [] unchanged",
    ]);
    assert.deepEqual((await rowsOf(log, "gkg")).filter((row) => row.includes(S1)).sort(), [
      `1\t${S1}.gkg @2`,
      `2\t${S1}.gkg @2`,
      `3\t${S1}.gkg @2`,
    ]);
  });

  test("a file whose content has changed is published as the next attempt", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    const changed = async (path: string) =>
      path.endsWith("gkg") ? fileOf(path, "1\tnew\n") : readContent(path);
    const { closed } = await publisher.publish(sliceOf(S1, ALL), changed);
    assert.deepEqual(closed.map(short), [
      "2300@2 events published 0 [] unchanged",
      "2300@2 mentions published 0 [] unchanged",
      "2300@2 gkg published 1 []",
    ]);
    assert.equal((await publisher.publish(sliceOf(S1, ALL), readContent)).outcome, "unchanged");
  });

  test("a rejected file closes its feed as missing, with its dead letter beside it", async () => {
    const log = await newLog();
    const letters: unknown[] = [];
    const deadLetter = (rejected: { readonly bytes: Uint8Array }): Records[] => {
      letters.push(rejected);
      const bytes = Buffer.from(rejected.bytes);
      return [oneRow({ topic: "dead.letters" }, bytes)];
    };
    const publisher = await openPublisher(log, { deadLetter });
    const readDamaged = async (path: string) => {
      if (path === `${S1}.mentions`) throw damaged(path);
      return readContent(path);
    };
    await publisher.publish(sliceOf(S1, ALL), readDamaged);
    assert.deepEqual(await shortEntries(log), [
      "2300@1 events published 3 [mentions]",
      "2300@1 mentions rejected 0 [mentions] not_a_zip",
      "2300@1 gkg published 3 [mentions]",
    ]);
    assert.deepEqual(letters, [
      {
        feed: "mentions",
        sliceMs: sliceOf(S1, []).sliceMs,
        file: `${S1}.mentions`,
        reason: "not_a_zip",
        message: damaged(`${S1}.mentions`).message,
        bytes: Buffer.from("<html>"),
      },
    ]);
    assert.equal((await batches(log, "dead.letters")).length, 1);

    const again = await publisher.publish(sliceOf(S1, ALL), readDamaged);
    assert.deepEqual([again.outcome, again.duplicates], ["unchanged", 3]);
    const repaired = await publisher.publish(sliceOf(S1, ALL), readContent);
    assert.deepEqual(repaired.closed.map(short), [
      "2300@2 events published 0 [] unchanged",
      "2300@2 mentions published 3 []",
      "2300@2 gkg published 0 [] unchanged",
    ]);
    assert.equal(letters.length, 1);
  });

  test("a damaged file after a good one is told, and takes nothing back", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    const { closed } = await publisher.publish(sliceOf(S1, ["gkg"]), async (path) => {
      throw damaged(path);
    });
    assert.deepEqual(closed.map(short).slice(2), ["2300@2 gkg rejected 0 [] not_a_zip"]);
    assert.equal((await publisher.publish(sliceOf(S1, ALL), readContent)).outcome, "unchanged");
  });

  test("slices may come in any order within the retention", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    for (const stamp of [S3, S1, S2]) await publisher.publish(sliceOf(stamp, ALL), readContent);
    const closed = (await shortEntries(log)).map((entry) => entry.slice(0, 6));
    assert.deepEqual([...new Set(closed)], ["2330@1", "2300@1", "2315@1"]);
    assert.equal((await rowsOf(log, "events")).length, 9);
  });

  test("a slice older than the retention is refused unread, recorded once", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    const old = sliceOf("20150217224500", ALL);
    const unread = async () => assert.fail("read");
    for (const next of [async () => publisher, async () => publisher, () => openPublisher(log)]) {
      const result = await (await next()).publish(old, unread);
      assert.deepEqual(result, { outcome: "too_old", closed: [], duplicates: 0, refused: 3 });
    }
    assert.deepEqual((await shortEntries(log)).slice(3), [
      "2245@0 events rejected 0 [] too_old",
      "2245@0 mentions rejected 0 [] too_old",
      "2245@0 gkg rejected 0 [] too_old",
    ]);
    assert.equal((await rowsOf(log, "events")).length, 3);
    const youngest = await (await openPublisher(log)).publish(
      sliceOf("20150217230000", ALL),
      readContent,
    );
    assert.equal(youngest.outcome, "published");
  });

  test("a slice published before it grew too old is unchanged, not refused", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ["events", "gkg"]), readContent);
    await publisher.publish(sliceOf("20150220000000", ALL), readContent);
    for (const next of [async () => publisher, () => openPublisher(log)]) {
      const each = await next();
      const known = await each.publish(sliceOf(S1, ["events", "gkg"]), readContent);
      assert.deepEqual([known.outcome, known.duplicates], ["unchanged", 2]);
      const late = await each.publish(sliceOf(S1, ALL), readContent);
      assert.deepEqual([late.outcome, late.duplicates, late.refused], ["too_old", 2, 1]);
    }
  });

  test("the end of the stream is marked once everywhere, nothing comes after it", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    await publisher.endOfStream();
    await (await openPublisher(log)).endOfStream();
    for (const kind of ["events", "mentions", "gkg"]) {
      const last = (await batches(log, `gdelt.${kind}`)).filter(
        ({ control }) => control?.sliceMs === END_OF_STREAM,
      );
      assert.deepEqual(
        last.map(({ partition, control }) => [partition, control]),
        [0, 1].map((partition) => [
          partition,
          { sliceMs: END_OF_STREAM, attempt: 1, from: kind, rows: 0, missing: [] },
        ]),
      );
    }
    assert.equal((await shortEntries(log)).at(-1), "end");
    const after = await openPublisher(log);
    assert.equal((await after.publish(sliceOf(S1, ALL), readContent)).outcome, "unchanged");
    for (const stamp of [S2, "20140101000000"]) {
      await assert.rejects(after.publish(sliceOf(stamp, ALL), readContent), ConfigError);
    }
  });

  test("six feeds share three topics and close a slice together", async () => {
    const log = await newLog();
    const feeds = [...ALL, ...ALL.map((feed) => `${feed}.translation`)];
    const publisher = await openPublisher(log, { feeds });
    await publisher.publish(sliceOf(S1, feeds.slice(0, 5)), readContent);
    const rows = await publishedRows(log, "gdelt.events");
    assert.deepEqual(
      new Set(rows.map(({ feed }) => feed)),
      new Set(["events", "events.translation"]),
    );
    assert.equal(
      (await shortEntries(log)).at(-1),
      "2300@1 gkg.translation missing 0 [gkg.translation]",
    );
  });

  test("a feed that is configured later re-opens slices when its files come", async () => {
    const log = await newLog();
    await (await openPublisher(log)).publish(sliceOf(S1, ALL), readContent);
    const publisher = await openPublisher(log, { feeds: [...ALL, "events.translation"] });
    await publisher.publish(sliceOf(S2, ALL), readContent);
    await publisher.publish(sliceOf(S1, [...ALL, "events.translation"]), readContent);
    assert.deepEqual((await shortEntries(log)).slice(3), [
      "2315@1 events published 3 [events.translation]",
      "2315@1 mentions published 3 [events.translation]",
      "2315@1 gkg published 3 [events.translation]",
      "2315@1 events.translation missing 0 [events.translation]",
      "2300@2 events published 0 [] unchanged",
      "2300@2 mentions published 0 [] unchanged",
      "2300@2 gkg published 0 [] unchanged",
      "2300@2 events.translation published 3 []",
    ]);
  });

  test("files of feeds that are not configured are not read", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log, { feeds: ["events"] });
    await publisher.publish(sliceOf(S1, ALL), async (path) =>
      path.endsWith("events") ? readContent(path) : assert.fail(path),
    );
    assert.deepEqual(await shortEntries(log), ["2300@1 events published 3 []"]);
  });
});
