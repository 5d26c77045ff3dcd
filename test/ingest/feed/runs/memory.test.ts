import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import type { FeedSummary } from "../../../../src/app/feed-summary.ts";
import { stampOf } from "../../../../src/gdelt/feeds.ts";
import { LARGE_LIST, LargeServer } from "./large-server.ts";

const run = promisify(execFile);
const SLICES = 12;
const RSS_MB_MAX = 300;

const folder = await mkdtemp(join(tmpdir(), "gdelt-streams-large-"));
const server = await LargeServer.start();
after(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test(`slices of 33 MB and a list of 120 MB fit into ${RSS_MB_MAX} MB`, async (t) => {
  const from = LARGE_LIST.slices / 2;
  const args = [
    ...[join(import.meta.dirname, "../../../../bin/gdelt-streams.js"), "feed", "--json"],
    ...["--data", folder],
    ...["--feed", server.baseUrl, "--parallel", "8", "--poll", "10m"],
    ...["--from", stampOf(LargeServer.timeOf(from))],
    ...["--to", stampOf(LargeServer.timeOf(from + SLICES - 1))],
  ];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 26 });
  const summary: FeedSummary = JSON.parse(stdout.trim().split("\n").at(-1)!);
  t.diagnostic(JSON.stringify(summary));
  assert.equal(summary.slices, SLICES);
  for (const [feed, rows] of Object.entries(summary.rows)) {
    assert.equal(rows, SLICES * LargeServer.rowsOf(feed), feed);
  }
  assert(server.listBytesSent >= LARGE_LIST.bytesMin, `a list of ${server.listBytesSent} bytes`);
  assert(summary.peak_rss_mb > 50, "measured");
  assert(summary.peak_rss_mb < RSS_MB_MAX, `${summary.peak_rss_mb} MB`);
});
