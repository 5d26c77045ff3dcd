import { setTimeout as sleep } from "node:timers/promises";
import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { startInspectorSettings } from "../src/app/inspector/open-inspector.ts";
import { StartInspector } from "../src/app/inspector/start-inspector.ts";
import { APPLICATION } from "../src/app/publishing.ts";
import { openSession } from "../src/app/session.ts";
import { parseSliceFileName } from "../src/gdelt/feeds.ts";
import { readAhead } from "../src/ingest/read-ahead.ts";
import { listSlices, readFeedFile } from "../src/sources/slice-archive.ts";

/**
 * One measured run of `bench/inspector-overhead.ts`: `<slices> <out> <partitions> on|off`. With the
 * inspector on, the first line is its address; the last is a JSON object.
 */
const [slices, out, partitions, inspected] = process.argv.slice(2);
const MIB = 1024 * 1024;
const FEEDS = ["events", "mentions", "gkg"];
const clock = { nowMs: () => Date.now() };
applyHeapSettings();

const inspector =
  inspected === "on"
    ? await StartInspector.open(
        {
          settings: startInspectorSettings({ host: "127.0.0.1", port: 0, orNext: false }),
          ...{
            application: APPLICATION,
            version: "0",
            streams: FEEDS,
            martUrl: null,
            complain: () => {},
          },
        },
        clock,
      )
    : null;
if (inspector !== null) process.stdout.write(`${inspector.url}\n`);

// As `replay` has it.
const session = await openSession(
  {
    ...{
      application: null,
      folder: out!,
      tables: null,
      checkpoints: null,
      kafka: null,
      mart: null,
    },
    feeds: FEEDS,
    partitions: Number(partitions),
    retentionMs: 8 * 86_400_000,
    bronze: true,
    commit: {
      ...{ closedMs: 500, intervalMs: 1000, outputBytesMax: 64 * MIB },
      ...{ tableBytesMax: 32 * MIB, tableIntervalMs: 5000 },
    },
    retry: {
      ...{ taskAttemptsMax: 8, tableAttemptsMax: 8, waitMs: 100, waitMsMax: 5000 },
      wait: (ms) => sleep(ms),
    },
    onEvent: inspector === null ? undefined : (event) => inspector.take(event),
  },
  clock,
);
inspector?.runs(session, out!);
const [startMs, before] = [performance.now(), process.cpuUsage()];
let rows = 0;
for await (const { slice, read } of readAhead(
  (await listSlices(slices!, parseSliceFileName)).slices,
  readFeedFile,
)) {
  const publishing = session.publisher.publish(slice, read);
  await session.thread.runToEnd();
  const { closed } = await publishing;
  inspector?.takeFeed({ kind: "published", slice: slice.stamp, entries: closed });
  for (const entry of closed) rows += entry.rows;
}
await session.thread.runUntilIdle();
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - startMs) / 1000;
await session.close();
await inspector?.close();
const result = { rows, seconds, cpuSeconds: (user + system) / 1e6 };
process.stdout.write(`${JSON.stringify(result)}\n`);
