import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generate } from "../../../src/app/generate-command.ts";
import { replay } from "../../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../../src/app/replay-options.ts";
import { parseSliceFileName } from "../../../src/gdelt/feeds.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import { openStreams } from "../../../src/runtime/streams.ts";
import type { RuntimeEvent } from "../../../src/runtime/task-config.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import { listSlices, readFeedFile } from "../../../src/sources/slice-archive.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import { MemorySpill } from "../../../src/testing/memory-spill.ts";
import { kafkaTool } from "../../services/kafka-tools.ts";
import { service } from "../../services/service.ts";
import { contentsOf, differences } from "../../simulation/contents.ts";
import { deltaTables } from "../../simulation/tables.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);

const KINDS = ["events", "mentions", "gkg"] as const;
const PARTITIONS = 3;
const NEVER = 1e12;
const UNUSABLE = "no\trow";
const tables = deltaTables();

/** The lines of all files of a feed, in the order of their slices, but shuffled within each. */
async function linesOf(folder: string, feed: string): Promise<string[]> {
  const { slices } = await listSlices(folder, parseSliceFileName);
  const random = new Random(1, 2);
  const lines: string[] = [];
  for (const { files } of slices) {
    const { bytes } = await readFeedFile(files.get(feed)!);
    lines.push(...random.shuffle(bytes.toString().split("\n").slice(0, -1)));
  }
  return lines;
}

/** Sends lines as Kafka's own producer does: without keys, headers and markers, at today's time. */
const produce = (topic: string, lines: readonly string[]): Promise<string> =>
  kafkaTool(
    "ConsoleProducer",
    ["--bootstrap-server", connection!.brokers.join(","), "--topic", topic],
    lines.map((line) => `${line}\n`).join(""),
  );

/** Joins what is in the topics until nothing comes any more; what it said, and its tables. */
async function joinForeign(log: Log) {
  let nowMs = Date.now();
  const clock = { nowMs: () => nowMs };
  const objects = new MemoryObjectStore(clock);
  const events: RuntimeEvent[] = [];
  const source = { ...SILVER_DEFAULTS.source, keyed: false, markers: "none" } as const;
  const thread = await openStreams(
    {
      applicationId: "foreign",
      generation: 1,
      topology: silverTopology({ ...SILVER_DEFAULTS, source, mart: false }),
      log,
      clock,
      checkpoints: new MemoryObjectStore(clock),
      openSpill: () => new MemorySpill(),
      openTable: await tables.open(objects, (_, work) => work(), clock),
      sliceMemoryMs: NEVER,
      fetchBytesMax: 1 << 20,
      commit: {
        closedMs: 0,
        intervalMs: NEVER,
        outputBytesMax: NEVER,
        tableBytesMax: NEVER,
        tableIntervalMs: NEVER,
      },
      retry: {
        taskAttemptsMax: 3,
        tableAttemptsMax: 3,
        waitMs: 100,
        waitMsMax: 100,
        wait: async () => {},
      },
      onEvent: (event) => events.push(event),
    },
    { partitions: PARTITIONS, sourceRetention: "forever", sinkRetention: "forever" },
  );
  await thread.runUntilIdle();
  nowMs += source.idleTimeoutMs;
  await thread.runUntilIdle();
  await thread.close();
  return { events, batches: (node: string) => tables.batches(node, objects) };
}

test("topics filled by Kafka's own producer give the Silver of a replay of the same files", {
  skip,
}, async () => {
  const scratch = await mkdtemp(join(tmpdir(), "foreign-topics-"));
  after(() => rm(scratch, { recursive: true, force: true }));
  const [slices, out] = [join(scratch, "slices"), join(scratch, "out")];
  await generate([slices, "--slices", "4", "--events", "150"]);
  const stop = new AbortController().signal;
  await replay({ ...REPLAY_DEFAULTS, slices, out }, { nowMs: () => Date.now() }, () => {}, stop);
  const store = new FolderObjectStore(out);
  const expected = await contentsOf((node) => tables.batches(node, store));

  const prefix = kafka!.name();
  const log = await kafka!.within(prefix);
  const names = KINDS.map((kind) => `gdelt.${kind}`);
  await log.createTopics(
    names.map((name, i) => ({ name, partitions: PARTITIONS + i, retention: "forever" })),
  );
  const lines = new Map<string, string[]>();
  for (const kind of KINDS) lines.set(kind, [...(await linesOf(slices, kind)), UNUSABLE]);
  for (const kind of KINDS) await produce(`${prefix}gdelt.${kind}`, lines.get(kind)!);
  const found = await joinForeign(log);

  const silver = await contentsOf(found.batches);
  const { "dead-letter-lake": letters, ...joined } = silver;
  assert.deepEqual(differences(expected, { ...joined, "dead-letter-lake": [] }), []);
  assert.equal(letters!.length, KINDS.length);
  for (const [i, name] of names.entries()) {
    assert.match(letters![i]!, /^ feed=gdelt\.\w+ reason=field_count: 2, expected \d+ raw=\S+$/);
    assert.ok(letters!.some((letter) => letter.includes(` feed=${name} `)));
    const rekeyed = found.events.filter(
      (event) => event.kind === "re-keys" && event.topic === name,
    );
    assert.equal(rekeyed.length, 1);
  }
  for (const kind of KINDS) {
    const bronze = await found.batches(`bronze-${kind}-lake`);
    const rows = bronze.reduce((sum, { numRows }) => sum + numRows, 0);
    assert.equal(rows, lines.get(kind)!.length);
    assert.ok(bronze.every((batch) => batch.getChild("file")!.nullCount === batch.numRows));
  }
});
