import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseFeedOptions } from "../../src/app/feed-options.ts";
import type { FeedSummary } from "../../src/app/feed-summary.ts";
import { FeedView } from "../../src/app/feed-view.ts";
import { logFolder } from "../../src/app/publishing.ts";
import type { ReplaySummary } from "../../src/app/replay-summary.ts";
import type { FeedEvent } from "../../src/ingest/feed/feed-event.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { FeedServer } from "../ingest/feed/feed-server.ts";
import { Publication, smallSlices } from "../ingest/feed/served-slices.ts";
import { batches, entries } from "../ingest/published.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-feed-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const newFolder = () => mkdtempSync(path.join(scratch, "data-"));
const slices = [...smallSlices().slices(6)];

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program; when it has printed that text, it is interrupted. */
function run(args: readonly string[], interruptAt: string | null = null): Promise<Run> {
  const bin = path.join(import.meta.dirname, "../../bin/gdelt-streams.js");
  const child = spawn(process.execPath, [bin, ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const before = stdout;
    stdout += chunk;
    const isNow = interruptAt !== null && stdout.includes(interruptAt);
    if (isNow && !before.includes(interruptAt)) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function lastLine<T>({ code, stdout, stderr }: Run): T {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
}

const replay = async (folder: string, out: string): Promise<ReplaySummary> =>
  lastLine(await run(["replay", folder, "--out", out, "--json", "--partitions", "2"]));

describe("gdelt-streams feed", () => {
  test("publishes a range from a server, which a replay joins like the same files", async (t) => {
    const server = await FeedServer.start();
    t.after(() => server.close());
    const folder = newFolder();
    const data = newFolder();
    await writeSlices(folder, slices, { zipped: true });
    const publication = new Publication(server);
    for (const slice of slices) await publication.publish(slice);
    const range = ["--from", slices[0]!.stamp, "--to", slices.at(-1)!.stamp];
    const args = ["feed", "--data", data, "--feed", server.baseUrl, ...range];
    const fed = await run([...args, "--json", "--partitions", "2", "--poll", "20ms"]);
    const summary = lastLine<FeedSummary>(fed);
    assert.deepEqual([summary.slices, summary.interrupted], [slices.length, false]);
    for (const line of fed.stdout.trim().split("\n"))
      assert.equal(typeof JSON.parse(line).kind, "string");

    const joined = await replay(folder, data);
    const expected = await replay(folder, newFolder());
    assert.equal(joined.slices.unchanged, slices.length, "nothing is published twice");
    assert.equal(expected.slices.published, slices.length);
    assert.deepEqual(summary.rows, expected.rows);
    for (const counts of ["events", "mentions", "gkg", "dropped", "tables"] as const) {
      assert.deepEqual(joined[counts], expected[counts], counts);
    }
  });

  test("publishes a folder, keeps the beginning of what is rejected, and says so", async () => {
    const folder = newFolder();
    const data = newFolder();
    await writeSlices(folder, slices, { zipped: true });
    const broken = `${slices[2]!.stamp}.gkg.csv.zip`;
    writeFileSync(path.join(folder, broken), "<html>".repeat(50_000));
    rmSync(path.join(folder, `${slices[4]!.stamp}.mentions.CSV.zip`));
    const args = ["feed", "--data", data, "--feed", folder, "--to", slices[4]!.stamp];
    const { code, stdout, stderr } = await run([...args, "--poll", "20ms"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^slices {4}5, re-opened 0$/m);
    assert.match(stdout, /^outcomes .*not a zip 1.*never published 1/m);
    assert.match(stderr, new RegExp(`^slice ${slices[2]!.stamp}.*gkg not a zip$`, "m"));
    const log = await openEmbeddedLog({ folder: logFolder(data) });
    const letters = await batches(log, "gdelt.dead-letters");
    assert.deepEqual(
      (await entries(log)).flatMap((entry) =>
        entry.status === "rejected" || entry.status === "missing" ? [entry.outcome] : [],
      ),
      ["not_a_zip", "never_published"],
    );
    await log.close();
    const bytes = letters.reduce((sum, batch) => sum + batch.ends[0]! - batch.starts[0]!, 0);
    assert.equal(letters.length, 1);
    assert(bytes > 65_536 && bytes < 70_000, `${bytes} bytes kept`);
  });

  test("stops when it is told to, and goes on from there", async (t) => {
    const server = await FeedServer.start();
    t.after(() => server.close());
    const data = newFolder();
    const publication = new Publication(server);
    for (const slice of slices.slice(0, 2)) await publication.publish(slice);
    const args = ["feed", "--data", data, "--feed", server.baseUrl, "--json", "--poll", "20ms"];
    const second = `"published","slice":"${slices[1]!.stamp}"`;
    const stopped = await run([...args, "--from", slices[0]!.stamp], second);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.match(stopped.stdout, /"interrupted":true/);
    for (const slice of slices.slice(2)) await publication.publish(slice);
    const summary = lastLine<FeedSummary>(await run([...args, "--to", slices.at(-1)!.stamp]));
    assert.equal(summary.slices, slices.length - 2);
  });

  test("ends with an error that says what to do", async () => {
    const usage = await run(["feed"]);
    assert.deepEqual([usage.code, usage.stdout], [2, ""]);
    assert.match(usage.stderr, /usage: gdelt-streams feed --data/);
    const data = newFolder();
    const log = await openEmbeddedLog({ folder: logFolder(data) });
    const locked = await run(["feed", "--data", data, "--feed", newFolder()]);
    await log.close();
    assert.equal(locked.code, 2);
    assert.match(locked.stderr, /which only one can use/);
  });

  test("tells what it publishes at the address of its inspector", async (t) => {
    const folder = newFolder();
    await writeSlices(folder, slices, { zipped: true });
    const bin = path.join(import.meta.dirname, "../../bin/gdelt-streams.js");
    const range = ["--from", slices[0]!.stamp, "--inspector", "127.0.0.1:0"];
    const child = spawn(process.execPath, [
      ...[bin, "feed", "--data", newFolder(), "--feed", folder, ...range],
    ]);
    t.after(() => child.kill("SIGKILL"));
    const found = Promise.withResolvers<string>();
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
      const [, url] = /inspector at (\S+)/.exec(said) ?? [];
      if (url !== undefined) found.resolve(url);
    });
    child.once("close", () => found.reject(new Error(said)));
    const url = await found.promise;
    const metric = async (name: string) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    };
    const newest = 'gdelt_source_last_file_timestamp_seconds\\{stream="gkg"\\}';
    for (let tries = 0; (await metric(newest)) !== slices.at(-1)!.sliceMs / 1000; tries++) {
      assert.ok(tries < 300, said);
      await sleep(100);
    }
    assert.ok((await metric('gdelt_source_rows_total\\{stream="gkg"\\}')) > 0);
    assert.equal(await metric('gdelt_instance_state\\{state="RUNNING"\\}'), 1);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
  });
});

describe("the options of gdelt-streams feed", () => {
  const parse = (...args: string[]) => parseFeedOptions(["--data", "data", ...args]);

  test("are those of GDELT, unless others are given", () => {
    assert.deepEqual(parse(), {
      log: { kind: "folder", folder: "data" },
      source: { kind: "http", baseUrl: "http://data.gdeltproject.org/gdeltv2/" },
      fromMs: null,
      toMs: null,
      translation: false,
      partitions: 1,
      retentionMs: 8 * 86_400_000,
      pollMs: 60_000,
      missingAfterMs: 1_800_000,
      parallel: 4,
      json: false,
      application: "gdelt-silver",
      inspector: "off",
      otlpEndpoint: null,
    });
    const { source, fromMs, pollMs } = parse("--feed", "slices", "--from", "20150218230000");
    assert.deepEqual(source, { kind: "folder", folder: "slices" });
    assert.equal(fromMs, Date.UTC(2015, 1, 18, 23));
    assert.equal(pollMs, 2000);
    const mirror = parse("--feed", "https://mirror.example/gdeltv2");
    assert.deepEqual(mirror.source, { kind: "http", baseUrl: "https://mirror.example/gdeltv2/" });
  });

  for (const args of [
    ["--from", "20150218"],
    ["--from", "20150218230500"],
    ["--to", "2015-02-18"],
    ["--from", "20150218230000", "--to", "20150218224500"],
    ["--feed", "ftp://mirror.example/"],
    ["--feed", "http://mirror.example/?a=b"],
    ["--poll", "0s"],
    ["--poll", "60"],
    ["--missing-after", "soon"],
    ["--parallel", "0"],
    ["--partitions", "x"],
    ["--inspector", "9470"],
    ["somewhere"],
    ["--no-such"],
  ]) {
    test(`${args.join(" ")} is refused`, () => assert.throws(() => parse(...args), ConfigError));
  }
});

test("a line is for what is remarkable, and of the usual for one in a second", () => {
  let text = "";
  let nowMs = 0;
  const say = (line: string) => {
    text += `${line}\n`;
  };
  const view = new FeedView(say, { nowMs: () => nowMs });
  const entry = (outcome: string) => ({ feed: "gkg", rows: 1200, attempt: 1, outcome });
  const published = (...outcomes: string[]) =>
    view.show({
      kind: "published",
      slice: "S",
      entries: outcomes.map(entry),
    } as unknown as FeedEvent);
  published("ok");
  published("ok");
  published("ok", "collapsed");
  nowMs = 1000;
  published("ok");
  view.show({ kind: "waiting", slice: "S", lacking: { gkg: "listed_404" } });
  view.show({ kind: "feed_trouble", problem: "down", failures: 1, retryMs: 61_234 });
  view.show({ kind: "fetched", file: "F", bytes: 1 });
  assert.deepEqual(text.trimEnd().split("\n"), [
    "slice S  1,200 rows",
    "slice S  2,400 rows  gkg collapsed",
    "slice S  1,200 rows",
    "slice S  waits for gkg listed 404",
    "down; again in 61 s",
  ]);
});

describe("the options of a feed into Kafka", () => {
  const config = path.join(scratch, "config.yaml");
  writeFileSync(
    config,
    [
      "bootstrap.servers: a:1",
      "checkpoint.store: c",
      "lake.location: l",
      "partitions: 6",
      "silver.event.retention: 2d",
      "feed.source: somewhere",
      "feed.parallel: 2",
    ].join("\n"),
  );

  test("are those of the replicas' file, unless an argument of the feed says otherwise", () => {
    const options = parseFeedOptions(["--config", config, "--parallel", "3"], {
      GDELT_STREAMS_TRANSLATION: "true",
    });
    const { log, source, partitions, retentionMs, translation, parallel, pollMs } = options;
    assert.ok(log.kind === "kafka");
    assert.deepEqual(log.connection.brokers, ["a:1"]);
    assert.deepEqual(source, { kind: "folder", folder: "somewhere" });
    assert.deepEqual([partitions, retentionMs, translation], [6, 2 * 86_400_000, true]);
    assert.deepEqual([parallel, pollMs], [3, 2000]);
  });

  test("can do with brokers alone", () => {
    const { log, partitions } = parseFeedOptions(["--kafka", "a:1,b:2", "--partitions", "2"]);
    assert.deepEqual(log, { kind: "kafka", connection: { brokers: ["a:1", "b:2"] } });
    assert.equal(partitions, 2);
  });

  for (const args of [
    ["--config", config, "--partitions", "2"],
    ["--config", config, "--data", "d"],
    ["--kafka", "a:1", "--data", "d"],
    ["--config", "/no/such.yaml"],
  ]) {
    test(`${args.slice(-2).join(" ")} is refused beside ${args[0]}`, () =>
      assert.throws(() => parseFeedOptions(args), ConfigError));
  }
});
