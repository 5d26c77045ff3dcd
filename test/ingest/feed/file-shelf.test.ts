import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FeedEvent } from "../../../src/ingest/feed/feed-event.ts";
import { FileShelf, type ShelfOptions } from "../../../src/ingest/feed/file-shelf.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import { FeedTrouble, type Fetched } from "../../../src/ingest/feed/slice-feed.ts";
import { FeedFileError } from "../../../src/sources/feed-file.ts";
import { VirtualTime } from "./virtual-time.ts";

const listed = (name: string, bytes = 100): ListedFile => ({
  feed: "gkg",
  sliceMs: 0,
  name,
  bytes,
  checksum: name,
});

/** Its content is four times as large as its zip. */
const whole = ({ name, bytes }: ListedFile): Fetched => ({
  kind: "whole",
  file: { name, bytes: Buffer.alloc(4 * bytes), checksum: name, fileBytes: bytes },
});

const rejected = ({ name }: ListedFile, settled: boolean): Fetched => {
  const raw = { name, bytes: Buffer.alloc(9), fileBytes: 9, checksum: "x" };
  return { kind: "rejected", error: new FeedFileError(raw, "md5_mismatch", "no"), settled };
};

const NONE = { next: [], repairs: [], ahead: [] };

/** A shelf whose files come after a second each, as `fetch` says. */
function shelfOf(
  fetch: (file: ListedFile, tries: number) => Fetched,
  options: Partial<ShelfOptions> = {},
) {
  const time = new VirtualTime(0);
  const begun: string[] = [];
  const events: FeedEvent[] = [];
  let most = 0;
  let underway = 0;
  const unasked = async () => assert.fail("asked for a list");
  const shelf = new FileShelf({
    feed: {
      ...{ newest: unasked, firstMs: unasked, list: unasked },
      fetch: async (file, signal) => {
        begun.push(`${time.nowMs() / 1000} ${file.name}`);
        most = Math.max(most, ++underway);
        await time.sleep(1000, signal);
        underway--;
        signal.throwIfAborted();
        return fetch(file, begun.filter((each) => each.endsWith(` ${file.name}`)).length);
      },
    },
    clock: time,
    random: () => 1,
    parallel: 2,
    aheadBytesMax: 1000,
    retry: { firstMs: 1000, longestMs: 8000 },
    rejectionsMax: 3,
    repairRetry: { firstMs: 60_000, longestMs: 200_000 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  /** Asks for the files again and again until the time has come. */
  const wantUntil = async (wanted: Partial<typeof NONE>, untilMs: number) => {
    while (time.nowMs() < untilMs) {
      shelf.want({ ...NONE, ...wanted });
      await time.run(time.sleep(Math.min(500, untilMs - time.nowMs())));
    }
  };
  return { shelf, time, begun, events, wantUntil, most: () => most };
}

const files = (...names: string[]): never[] => names.map((name) => listed(name)) as never[];

describe("FileShelf", () => {
  test("fetches in the order of need, so many at a time", async () => {
    const { shelf, begun, wantUntil, most } = shelfOf(whole);
    await wantUntil({ next: files("a", "b", "c"), repairs: files("d"), ahead: files("e") }, 4000);
    assert.deepEqual(
      begun.map((each) => each.split(" ")[1]),
      ["a", "b", "c", "d", "e"],
    );
    assert.equal(most(), 2);
    for (const name of ["a", "b", "c", "d", "e"]) {
      assert.equal(shelf.state(listed(name)).kind, "whole", name);
    }
  });

  test("holds no more ahead than there is room for, but what is next in any case", async () => {
    const { begun, wantUntil } = shelfOf(whole);
    const next = [listed("next", 1e6)] as never[];
    const ahead = files("a", "b", "c", "d");
    const names = () => begun.map((each) => each.split(" ")[1]);
    await wantUntil({ next, ahead }, 5000);
    assert.deepEqual(names(), ["next", "a", "b"], "of 400 bytes each two fit");
    await wantUntil({ next: files("a"), ahead: files("b", "c", "d") }, 10_000);
    assert.deepEqual(names(), ["next", "a", "b", "c"], "what is next takes no room");
    await wantUntil({ next: files("b"), ahead: files("c", "d") }, 15_000);
    assert.deepEqual(names(), ["next", "a", "b", "c", "d"]);
  });

  test("drops what is not wanted any more", async () => {
    const { shelf, begun, wantUntil } = shelfOf(whole);
    await wantUntil({ next: files("a") }, 2000);
    await wantUntil({ next: files("b") }, 4000);
    assert.equal(shelf.state(listed("a")).kind, "awaited");
    await wantUntil({ next: files("a") }, 6000);
    assert.deepEqual(
      begun.map((each) => each.split(" ")[1]),
      ["a", "b", "a"],
    );
  });

  test("tries again what has failed, ever more seldom", async () => {
    const { shelf, begun, wantUntil, events } = shelfOf((file, tries) => {
      if (tries < 6) throw new FeedTrouble("reset");
      return whole(file);
    });
    await wantUntil({ next: files("a") }, 60_000);
    assert.deepEqual(
      begun.map((each) => Number(each.split(" ")[0])),
      [0, 2, 5, 10, 19, 28],
    );
    assert.equal(shelf.state(listed("a")).kind, "whole");
    const troubles = events.filter(({ kind }) => kind === "file_trouble");
    assert.equal(troubles.length, 5);
  });

  test("leaves the server alone for as long as it asks", async () => {
    const { begun, wantUntil } = shelfOf(
      (file, tries) => {
        if (file.name === "a" && tries === 1) throw new FeedTrouble("429", { retryAfterMs: 7000 });
        return whole(file);
      },
      { parallel: 1 },
    );
    await wantUntil({ next: files("a", "b") }, 12_000);
    assert.deepEqual(begun, ["0 a", "8 a", "9 b"]);
  });

  test("rejects in the end what comes and is not what it should be", async () => {
    const { shelf, begun, wantUntil } = shelfOf((file) => rejected(file, false));
    await wantUntil({ next: files("a") }, 60_000);
    assert.equal(begun.length, 3);
    const state = shelf.state(listed("a"));
    assert(state.kind === "rejected" && state.trouble.rejections === 3);
  });

  test("asks once for what will not get better", async () => {
    const { begun, wantUntil } = shelfOf((file) => rejected(file, true));
    await wantUntil({ next: files("a") }, 60_000);
    assert.equal(begun.length, 1);
  });

  test("has more patience with a file whose slice has gone on without it", async () => {
    const { shelf, begun, wantUntil } = shelfOf((file) => rejected(file, false));
    await wantUntil({ next: files("a") }, 30_000);
    await wantUntil({ repairs: files("a") }, 500_000);
    assert.deepEqual(
      begun.slice(3).map((each) => Number(each.split(" ")[0])),
      [90, 211, 412],
    );
    const state = shelf.state(listed("a"));
    assert.equal(state.kind, "unavailable", "nothing of a repair is kept for the dead letters");
  });

  test("says when something has changed", async () => {
    const { shelf, time } = shelfOf(whole);
    shelf.want({ ...NONE, next: files("a") });
    const { change } = shelf;
    await time.run(change);
    assert.equal(time.nowMs(), 1000);
    assert.notEqual(shelf.change, change);
  });

  test("breaks off what is underway when it is closed", async () => {
    const { shelf, time } = shelfOf(whole);
    shelf.want({ ...NONE, next: files("a", "b") });
    await time.run(shelf.close());
    assert.equal(time.nowMs(), 0);
    shelf.want(NONE);
  });

  test("does not swallow a mistake of ours", async () => {
    const { shelf, time } = shelfOf(() => {
      throw new TypeError("a bug");
    });
    shelf.want({ ...NONE, next: files("a") });
    await time.run(shelf.change);
    assert.throws(() => shelf.want(NONE), /a bug/);
  });
});
