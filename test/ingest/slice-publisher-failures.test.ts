import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigError, RetriableError, TaskMigratedError } from "../../src/record/errors.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { oneRow } from "../sources/log-records.ts";
import { CrashingLog } from "./crashing-log.ts";
import {
  entries,
  forwarding,
  newLog,
  OPTIONS,
  openPublisher,
  readContent,
  rowsOf,
  short,
  shortEntries,
  sliceOf,
} from "./published.ts";

const ALL = OPTIONS.feeds;
const S1 = "20150218230000";
const S2 = "20150218231500";

describe("SlicePublisher, interrupted", () => {
  /** Dies before the transaction of the second feed. */
  async function interrupted(files: readonly string[]): Promise<Log> {
    const log = await newLog();
    const dying = await openPublisher(new CrashingLog(log, { call: 11, carriedOut: false }));
    await assert.rejects(dying.publish(sliceOf(S1, files), readContent), RetriableError);
    assert.equal((await entries(log)).length, 1);
    return log;
  }

  test("continues the attempt", async () => {
    const log = await interrupted(ALL);
    const { closed, duplicates } = await (await openPublisher(log)).publish(
      sliceOf(S1, ALL),
      readContent,
    );
    assert.equal(duplicates, 1);
    assert.deepEqual(closed.map(short), [
      "2300@1 mentions published 3 []",
      "2300@1 gkg published 3 []",
    ]);
  });

  test("closes the attempt before another slice, if its slice does not come first", async () => {
    const log = await interrupted(ALL);
    await (await openPublisher(log)).publish(sliceOf(S2, ["events"]), readContent);
    assert.deepEqual((await shortEntries(log)).slice(0, 4), [
      "2300@1 events published 3 []",
      "2300@1 mentions missing 0 [mentions,gkg]",
      "2300@1 gkg missing 0 [mentions,gkg]",
      "2315@1 events published 3 [mentions,gkg]",
    ]);
  });

  test("closes the attempt before the end of the stream", async () => {
    const log = await interrupted(ALL);
    await (await openPublisher(log)).endOfStream();
    assert.deepEqual((await shortEntries(log)).slice(1), [
      "2300@1 mentions missing 0 [mentions,gkg]",
      "2300@1 gkg missing 0 [mentions,gkg]",
      "end",
    ]);
  });

  test("a feed declared missing stays so in that attempt, its file is for the next", async () => {
    const log = await interrupted(["events", "mentions"]);
    await (await openPublisher(log)).publish(sliceOf(S1, ALL), readContent);
    assert.deepEqual(await shortEntries(log), [
      "2300@1 events published 3 [gkg]",
      "2300@1 mentions published 3 [gkg]",
      "2300@1 gkg missing 0 [gkg]",
      "2300@2 events published 0 [] unchanged",
      "2300@2 mentions published 0 [] unchanged",
      "2300@2 gkg published 3 []",
    ]);
  });

  test("does not wait for a feed that is no longer configured", async () => {
    const log = await interrupted(ALL);
    const publisher = await openPublisher(log, { feeds: ["events", "mentions"] });
    await publisher.publish(sliceOf(S1, ["events", "mentions"]), readContent);
    await publisher.publish(sliceOf(S2, ["events", "mentions"]), readContent);
    assert.deepEqual(
      (await shortEntries(log)).map((entry) => entry.slice(0, 15)),
      ["2300@1 events p", "2300@1 mentions", "2315@1 events p", "2315@1 mentions"],
    );
  });
});

describe("SlicePublisher, failing", () => {
  test("is unusable after a failed transaction, and says what to do", async () => {
    const log = await newLog();
    const publisher = await openPublisher(new CrashingLog(log, { call: 8, carriedOut: false }));
    await assert.rejects(publisher.publish(sliceOf(S1, ALL), readContent), /the process died/);
    await assert.rejects(publisher.publish(sliceOf(S1, ALL), readContent), /open a new one/);
    await assert.rejects(publisher.endOfStream(), RetriableError);
  });

  test("a second publisher with the same name fences the first", async () => {
    const log = await newLog();
    const first = await openPublisher(log);
    await openPublisher(log);
    await assert.rejects(first.publish(sliceOf(S1, ALL), readContent), TaskMigratedError);
    assert.deepEqual(await entries(log), []);
  });

  test("what the first one still does while the second opens is not doubled", async () => {
    const log = await newLog();
    const first = await openPublisher(log);
    const racing: Log = {
      ...forwarding(log),
      bounds: async (at) => {
        const bounds = await log.bounds(at);
        await first.publish(sliceOf(S1, ALL), readContent).catch(() => {});
        return bounds;
      },
    };
    await (await openPublisher(racing)).publish(sliceOf(S1, ALL), readContent);
    assert.equal((await rowsOf(log, "events")).length, 3);
  });

  test("a file that cannot be read just now is not rejected, and can be tried again", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    const busy = async () => {
      throw new RetriableError("EMFILE");
    };
    await assert.rejects(publisher.publish(sliceOf(S1, ALL), busy), RetriableError);
    assert.deepEqual(await entries(log), []);
    assert.equal((await publisher.publish(sliceOf(S1, ALL), readContent)).outcome, "published");
  });

  test("takes one call at a time", async () => {
    const publisher = await openPublisher(await newLog());
    const first = publisher.publish(sliceOf(S1, ALL), readContent);
    await assert.rejects(publisher.publish(sliceOf(S2, ALL), readContent), /one call at a time/);
    await first;
  });

  test("topics that are missing or have other partitions are the operator's error", async () => {
    const log = await newLog(4);
    await assert.rejects(openPublisher(log), /gdelt\.events has 4 partitions instead of 2/);
    await assert.rejects(openPublisher(log, { feeds: ["exports"] }), ConfigError);
  });

  test("an entry that is none stops the start and names its offset", async () => {
    const log = await newLog();
    const stranger = await log.producer("stranger");
    const bytes = Buffer.from('{"slice":"2015"}');
    await stranger.send(oneRow({ topic: "gdelt.slices" }, bytes));
    await stranger.commit();
    await assert.rejects(
      openPublisher(log),
      (error) => error instanceof ConfigError && /offset 0 .*"slice":"2015"/.test(error.message),
    );
  });
});
