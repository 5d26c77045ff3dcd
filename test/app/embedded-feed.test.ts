import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { parseFeedOptions } from "../../src/app/feed-options.ts";
import { openFollower } from "../../src/app/follow-feed.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { openReplay } from "../../src/app/replay-session.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { smallSlices } from "../ingest/feed/served-slices.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-embedded-feed-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const clock = { nowMs: () => Date.now() };

test("a follower publishes into the log that a topology reads at the same time", async () => {
  const slices = path.join(scratch, "slices");
  const out = path.join(scratch, "followed");
  const stream = [...smallSlices().slices(10)];
  await writeSlices(slices, stream, { zipped: true });
  const options = { ...REPLAY_DEFAULTS, slices, out, partitions: 2 };
  const session = await openReplay(options, clock, () => {});
  const range = ["--to", stream.at(-1)!.stamp, "--partitions", "2", "--poll", "20ms"];
  const feed = parseFeedOptions(["--data", out, "--feed", slices, ...range]);
  const never = new AbortController().signal;
  try {
    const follower = await openFollower(session.log, feed, clock, "test", () => {});
    let isOver = false;
    const following = follower.run(never).finally(() => {
      isOver = true;
    });
    let rounds = 0;
    while (!isOver) {
      while (await session.thread.runOnce()) rounds++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await following;
    assert(rounds > 0, "the topology has worked meanwhile");
    await session.thread.runUntilIdle();
  } finally {
    await session.close();
  }
  const followed = await replay(options, clock, () => {}, never);
  const alone = { ...options, out: path.join(scratch, "replayed") };
  const replayed = await replay(alone, clock, () => {}, never);
  assert.equal(followed.slices.unchanged, stream.length);
  for (const counts of ["events", "mentions", "gkg", "dropped", "tables"] as const) {
    assert.deepEqual(followed[counts], replayed[counts], counts);
  }
});
