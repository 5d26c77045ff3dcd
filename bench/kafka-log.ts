import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { kafkaProgram } from "../scripts/services/kafka-software.ts";
import { parseSliceFileName } from "../src/gdelt/feeds.ts";
import { feedRecords } from "../src/ingest/feed-rows.ts";
import type { Records } from "../src/record/record-batch.ts";
import type { Log } from "../src/runtime/ports.ts";
import { openKafkaLog } from "../src/sources/kafka/kafka-log.ts";
import type { Compression } from "../src/sources/kafka/records/compression.ts";
import { listSlices, readFeedFile } from "../src/sources/slice-archive.ts";
import { service } from "../test/services/service.ts";

/**
 * `node bench/kafka-log.ts [--megabytes 200] [--runs 3]`: sends the rows of the real slices, over and
 * over, into one partition, and reads them back; in turn with Kafka's own ConsumerPerformance on the
 * same topic. Writes bench/results/kafka-log.json. It needs a running broker (`npm run services --
 * start kafka`) and the real slices (`GDELT_SAMPLES`).
 */
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "200" },
    runs: { type: "string", default: "3" },
  },
});
const runs = Number(values.runs);
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const { connection, skip } = await service("kafka");
if (connection === null) throw new Error(skip);
const { brokers, prefix } = connection;

interface Rates {
  readonly rowsPerSecond: number;
  readonly mbPerSecond: number;
  readonly cpuMicrosPerRow?: number;
}

/** What is sent again and again until it is enough. */
interface Content {
  readonly name: string;
  readonly parts: readonly Omit<Records, "topic">[];
  readonly rows: number;
  readonly bytes: number;
}

async function feed(name: string): Promise<Content> {
  const { slices } = await listSlices(path.join(samples, "joined/gdeltv2"), parseSliceFileName);
  const parts: Records[] = [];
  let bytes = 0;
  for (const { sliceMs, stamp, files } of slices) {
    const file = await readFeedFile(files.get(name)!);
    bytes += file.bytes.length;
    const headers = { feed: name, slice: stamp, file: file.name };
    const endOf = (rows: number) => ({ sliceMs, attempt: 1, from: name, rows, missing: [] });
    const spec = { topic: "", partitions: 1, keyColumn: 0, bytes: file.bytes, sliceMs };
    parts.push(...feedRecords({ ...spec, headers, endOf }).records);
  }
  const rows = parts.reduce((sum, part) => sum + part.length + (part.control ? 1 : 0), 0);
  return { name: `${name} rows`, parts, rows, bytes };
}

/** Blocks of a thousand events with five columns, as internal topics carry them. */
function arrowBlocks({ parts }: Content): Content {
  const blocks = parts.flatMap(({ bytes, starts, ends, length }) => {
    const text = (row: number) => Buffer.from(bytes.subarray(starts[row], ends[row])).toString();
    const rows = Array.from({ length }, (_, row) => text(row).split("\t"));
    return Array.from({ length: Math.ceil(length / 1000) }, (_, i) => {
      const of = rows.slice(i * 1000, i * 1000 + 1000);
      const table = tableFromArrays({
        id: BigInt64Array.from(of, ([id]) => BigInt(id!)),
        goldstein: Float64Array.from(of, (fields) => Number(fields[30])),
        actor: of.map((fields) => fields[6]!),
        place: of.map((fields) => fields[52]!),
        url: of.map((fields) => fields[60]!),
      });
      return tableToIPC(table, "stream");
    });
  });
  const part = (block: Uint8Array): Omit<Records, "topic"> => ({
    partition: 0,
    bytes: block,
    starts: Int32Array.of(0),
    ends: Int32Array.of(block.length),
    length: 1,
    keys: null,
    timestampsMs: Float64Array.of(1.4e12),
    ordinals: null,
    headers: { "content-type": "application/vnd.apache.arrow.stream" },
    control: null,
  });
  const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
  return { name: "Arrow blocks", parts: blocks.map(part), rows: blocks.length, bytes };
}

async function measure(work: () => Promise<void>, rows: number, bytes: number): Promise<Rates> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    rowsPerSecond: Math.round(rows / seconds),
    mbPerSecond: Math.round(bytes / seconds / 1e6),
    cpuMicrosPerRow: Number(((user + system) / rows).toFixed(2)),
  };
}

async function produce(log: Log, topic: string, { parts }: Content, times: number): Promise<void> {
  const producer = await log.producer(`${topic}-bench`);
  for (let i = 0; i < times; i++) {
    for (const part of parts) await producer.send({ ...part, topic });
    await producer.commit();
  }
}

async function read(topic: string, rows: number, compression: Compression): Promise<void> {
  const log = await openKafkaLog({ brokers, clock: { nowMs: () => Date.now() }, compression });
  const at = { topic, partition: 0 };
  let seen = 0;
  for (let batch = await log.read(at, 0, 4 << 20); batch; ) {
    seen += batch.length + (batch.control ? 1 : 0);
    batch = await log.read(at, batch.nextOffset, 4 << 20);
  }
  await log.close();
  if (seen !== rows) throw new Error(`read ${seen} rows of ${rows}: there is no number`);
}

/** Kafka's own consumer, with its compiler free to do what it can. */
async function java(topic: string, rows: number): Promise<Rates> {
  const main = "org.apache.kafka.tools.ConsumerPerformance";
  const asked = [
    "--bootstrap-server",
    brokers.join(","),
    "--topic",
    topic,
    "--messages",
    `${rows}`,
  ];
  const args = kafkaProgram(512, main, ...asked, "--hide-header", "--timeout", "30000");
  const tiered = args.filter((arg) => !arg.startsWith("-XX:TieredStopAtLevel"));
  const { stdout } = await promisify(execFile)("java", tiered);
  const line = stdout.split("\n").find((of) => /^\d{4}-/.test(of))!;
  // start, end, MB, MB/s, rows, rows/s, ms of rebalancing, ms of fetching, MB/s, rows/s: the latter
  // do not count the time in which the group is formed.
  const fields = line.split(",").map((field) => Number(field));
  if (fields[4] !== rows) throw new Error(`Kafka's consumer read ${fields[4]} rows of ${rows}`);
  return {
    rowsPerSecond: Math.round(fields[9]!),
    mbPerSecond: Math.round(fields[8]! * 1.048576),
  };
}

const median = (all: readonly Rates[]): Rates =>
  all.toSorted((a, b) => a.rowsPerSecond - b.rowsPerSecond)[Math.floor(all.length / 2)]!;

async function compare(content: Content, compression: Compression) {
  const log = await openKafkaLog({ brokers, clock: { nowMs: () => Date.now() }, compression });
  const times = Math.max(1, Math.ceil((Number(values.megabytes) * 1e6) / content.bytes));
  const rows = content.rows * times;
  const bytes = content.bytes * times;
  const produced: Rates[] = [];
  const ours: Rates[] = [];
  const theirs: Rates[] = [];
  for (let run = 0; run < runs; run++) {
    const topic = `${prefix}${content.name.replaceAll(" ", "-")}-${compression}-${run}`;
    await log.createTopics([{ name: topic, partitions: 1, retention: "forever" }]);
    produced.push(await measure(() => produce(log, topic, content, times), rows, bytes));
    ours.push(await measure(() => read(topic, rows, compression), rows, bytes));
    theirs.push(await java(topic, rows));
  }
  await log.close();
  const [read_, java_] = [median(ours), median(theirs)];
  const spread = (all: readonly Rates[]) => all.map(({ rowsPerSecond }) => rowsPerSecond);
  return {
    content: content.name,
    compression,
    rows,
    bytesPerRow: Math.round(bytes / rows),
    produce: median(produced),
    read: read_,
    javaRead: java_,
    readToJava: Number((read_.rowsPerSecond / java_.rowsPerSecond).toFixed(2)),
    runs: { produce: spread(produced), read: spread(ours), javaRead: spread(theirs) },
  };
}

const events = await feed("events");
const contents = [await feed("mentions"), await feed("gkg"), arrowBlocks(events)];
const results = [];
for (const content of contents) {
  for (const compression of ["none", "zstd"] as const) {
    results.push(await compare(content, compression));
  }
}
const result = {
  machine: `${cpus()[0]?.model}, ${cpus().length} cores, ${arch()}, Node ${process.version}`,
  loadAfter: loadavg().map((load) => Number(load.toFixed(1))),
  results,
};
const text = `${JSON.stringify(result, null, 2)}\n`;
mkdirSync(new URL("./results/", import.meta.url), { recursive: true });
writeFileSync(new URL("./results/kafka-log.json", import.meta.url), text);
process.stdout.write(text);
