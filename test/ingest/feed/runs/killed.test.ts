import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleepFor } from "node:timers/promises";
import { logFolder } from "../../../../src/app/publishing.ts";
import type { FeedEvent } from "../../../../src/ingest/feed/feed-event.ts";
import type { GeneratedSlice } from "../../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../../src/ingest/slice-generator/random.ts";
import { openEmbeddedLog } from "../../../../src/sources/embedded-log/embedded-log.ts";
import { batches, entries, publishedRows } from "../../published.ts";
import { FeedServer } from "../feed-server.ts";
import { Publication, smallSlices } from "../served-slices.ts";

const KILLS = 50;
const SLICES = 260;
const PARTITIONS = 2;
const KINDS = ["events", "mentions", "gkg"];

const seed = Number(process.env["STREAMS_SEED"] ?? Math.floor(Math.random() * 1e9));
const random = new Random(seed);
const folder = await mkdtemp(join(tmpdir(), "gdelt-streams-killed-"));
const server = await FeedServer.start();
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Life {
  readonly events: readonly FeedEvent[];
  readonly wasKilled: boolean;
}

/** Runs the command until it ends, or is killed: a random moment after some of its events. */
async function live(args: readonly string[], isToDie: boolean): Promise<Life> {
  const program = new URL("./feed-child.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    // So that a start takes half the time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
  });
  let output = "";
  let lines = random.below(25);
  const enough = Promise.withResolvers<void>();
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
    lines -= chunk.toString().split("\n").length - 1;
    if (lines < 0) enough.resolve();
  });
  const over = exit(child);
  if (isToDie) {
    await Promise.race([enough.promise, over]);
    await Promise.race([sleepFor(random.below(20)), over]);
    child.kill("SIGKILL");
  }
  const signal = await over;
  const told = output.split("\n").slice(0, -1);
  const events = told.map((line): FeedEvent => JSON.parse(line));
  if (!isToDie) assert.equal(signal, null, "nobody has killed it");
  return { events, wasKilled: signal === "SIGKILL" };
}

const exit = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0 || signal !== null) resolve(signal);
      else reject(new Error(`it has ended with code ${code}`));
    });
  });

/** Some requests fail, so that it is also killed while it waits or tries again. */
function disturb(names: readonly string[]): void {
  for (const name of names) {
    if (random.chance(0.1)) server.fail(name, { kind: "status", status: random.pick([500, 503]) });
    if (random.chance(0.05)) server.fail(name, { kind: "cut", bytes: random.below(400) });
    if (random.chance(0.03)) server.fail(name, { kind: "body", body: Buffer.from("<html>") });
  }
}

/** Each row of each file is in the log once, in the partition's order of the file. */
async function checkLog(slices: readonly GeneratedSlice[]): Promise<void> {
  const log = await openEmbeddedLog({ folder: logFolder(folder) });
  try {
    for (const kind of KINDS) {
      const published = await publishedRows(log, `gdelt.${kind}`);
      const found = published.map(({ slice, ordinal, text }) => `${slice} ${ordinal} ${text}`);
      const expected = slices.flatMap(({ stamp, feeds }) => {
        const lines = feeds.get(kind)!.toString().split("\n").slice(0, -1);
        return lines.map((text, ordinal) => `${stamp} ${ordinal} ${text}`);
      });
      assert.equal(found.length, expected.length, `rows of ${kind}`);
      assert.deepEqual(found.sort(), expected.sort());
      const ends = (await batches(log, `gdelt.${kind}`)).flatMap(({ control }) => control ?? []);
      assert.equal(ends.length, slices.length * PARTITIONS, "an end for each slice and partition");
    }
    const told = (await entries(log)).map((entry) =>
      !("slice" in entry)
        ? "end"
        : `${entry.slice} ${entry.feed} ${entry.attempt} ${entry.status} ${entry.rows}`,
    );
    const expected = slices.flatMap(({ stamp, feeds }) =>
      KINDS.map((kind) => {
        const rows = feeds.get(kind)!.toString().split("\n").length - 1;
        return `${stamp} ${kind} 1 published ${rows}`;
      }),
    );
    assert.deepEqual(told, expected, "an entry for each slice and feed, in order");
  } finally {
    await log.close();
  }
}

test(`killed ${KILLS} times at any moment, it publishes each row once (seed ${seed})`, async (t) => {
  const slices = [...smallSlices().slices(SLICES)];
  const publication = new Publication(server);
  const names: string[] = [];
  for (const slice of slices) {
    for (const { name } of await publication.publish(slice)) names.push(name);
  }
  disturb(names);
  const args = [
    ...["--data", folder, "--feed", server.baseUrl, "--json"],
    ...["--from", slices[0]!.stamp, "--to", slices.at(-1)!.stamp],
    ...["--partitions", `${PARTITIONS}`, "--poll", "50ms", "--missing-after", "10m"],
  ];
  let kills = 0;
  let halves = 0;
  const seen = new Set<string>();
  const count = ({ events }: Life) => {
    for (const event of events) {
      if (event.kind !== "published") continue;
      seen.add(event.slice);
      if (event.entries.length < KINDS.length) halves++;
    }
  };
  while (kills < KILLS) {
    const life = await live(args, true);
    assert(life.wasKilled, `it was done after ${kills} kills: give it more slices`);
    kills++;
    count(life);
  }
  const before = seen.size;
  count(await live(args, false));
  t.diagnostic(`${before} slices seen before the last life, ${halves} finished after a kill`);
  assert(before > KILLS / 2, "it has hardly lived");
  assert(halves > 0, "no kill has hit a slice");
  await checkLog(slices);
});
