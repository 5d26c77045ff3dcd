import { setTimeout as sleep } from "node:timers/promises";
import { createPublishedTopics, openPublisher } from "../../src/app/publishing.ts";
import { ENGLISH_FEEDS, parseSliceFileName } from "../../src/gdelt/feeds.ts";
import { feedRecords } from "../../src/ingest/feed-rows.ts";
import type { TransactionalProducer } from "../../src/runtime/ports.ts";
import { type KafkaLog, openKafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import { listSlices, readFeedFile } from "../../src/sources/slice-archive.ts";
import { kafkaTool } from "../../test/services/kafka-tools.ts";
import { type Answer, AnswerSum } from "./answer.ts";
import type { Load } from "./load.ts";

const RETENTION_MS = 8 * 24 * 3_600_000;
const READ_BYTES_MAX = 4 << 20;
const TAB = 9;

/** The rows for us: as `feed` publishes them. */
export const RAW_TOPICS = ENGLISH_FEEDS.map(({ topic }) => topic);

/** Those for the peers: mentions by event, which is what their better plan takes, and no markers. */
const PEER_KEYS: Readonly<Record<string, number>> = { events: 0, mentions: 0, gkg: 4 };
export const PEER_SILVER = "peers.silver";

/** Where the fields are in a row of `peers.silver` that its checksum is of. */
const KEY_FIELDS = [0, 5, 22];

/** Puts the load into both sets of topics, uncompressed. */
export async function fillTopics(address: string, load: Load, partitions: number): Promise<void> {
  const clock = { nowMs: () => Date.now() };
  const common = { brokers: [address], clock, compression: "none" } as const;
  const log = await openKafkaLog(common);
  const plain = await openKafkaLog({ ...common, guarantee: "at_least_once" });
  try {
    const feeds = ENGLISH_FEEDS.map(({ name }) => name);
    const publishing = { feeds, partitions, retentionMs: RETENTION_MS };
    await createPublishedTopics(log, publishing);
    const publisher = await openPublisher(log, publishing, clock);
    const names = Object.keys(PEER_KEYS).map((feed) => `peers.${feed}`);
    await plain.createTopics(
      names.map((name) => ({ name, partitions, retention: "forever" as const })),
    );
    const producer = await plain.producer("peers-load");
    const { slices } = await listSlices(load.folder, parseSliceFileName);
    for (const slice of slices) {
      await publisher.publish(slice, readFeedFile);
      for (const [feed, file] of slice.files) {
        const { bytes } = await readFeedFile(file);
        await sendPlain(producer, feed, { bytes, partitions, sliceMs: slice.sliceMs });
      }
      await producer.commit();
    }
  } finally {
    await log.close();
    await plain.close();
  }
}

/** Rows without headers, numbers and end markers, as any producer writes them. */
async function sendPlain(
  producer: TransactionalProducer,
  feed: string,
  rows: { readonly bytes: Buffer; readonly partitions: number; readonly sliceMs: number },
): Promise<void> {
  const endOf = () => ({ sliceMs: 0, attempt: 1, from: feed, rows: 0, missing: [] });
  const spec = { ...rows, topic: `peers.${feed}`, keyColumn: PEER_KEYS[feed]!, headers: {}, endOf };
  for (const records of feedRecords(spec).records) {
    if (records.length > 0) await producer.send({ ...records, ordinals: null, control: null });
  }
}

/** What a peer has written. */
export async function silverOfPeers(log: KafkaLog): Promise<Answer> {
  const sum = new AnswerSum();
  for (let partition = 0; partition < (await log.partitions(PEER_SILVER)); partition++) {
    const at = { topic: PEER_SILVER, partition };
    const { start, end } = await log.bounds(at);
    for (let offset = start; offset < end; ) {
      const batch = await log.read(at, offset, READ_BYTES_MAX);
      if (batch === null) break;
      const { bytes, starts, ends, length } = batch;
      for (let row = 0; row < length; row++) {
        sum.add(keyOf(bytes.subarray(starts[row], ends[row])));
      }
      offset = batch.nextOffset;
    }
  }
  return sum.answer;
}

function keyOf(row: Uint8Array): string {
  const fields: string[] = [];
  let from = 0;
  for (let field = 0; field <= KEY_FIELDS.at(-1)!; field++) {
    const tab = row.indexOf(TAB, from);
    const to = tab === -1 ? row.length : tab;
    if (KEY_FIELDS.includes(field)) fields.push(Buffer.from(row.subarray(from, to)).toString());
    from = to + 1;
  }
  return fields.join("\t");
}

/** Of all topics but those which hold the load: a contender begins with nothing. */
export async function deleteWritten(address: string, log: KafkaLog): Promise<void> {
  const server = ["--bootstrap-server", address];
  const listed = async () => (await kafkaTool("TopicCommand", [...server, "--list"])).split("\n");
  const loaded = [
    ...[...RAW_TOPICS, "gdelt.slices", "gdelt.dead-letters"],
    ...Object.keys(PEER_KEYS).map((feed) => `peers.${feed}`),
  ];
  const written = (await listed()).filter(
    (name) => name !== "" && !name.startsWith("__") && !loaded.includes(name),
  );
  await log.deleteTopics(written);
  while ((await listed()).some((name) => written.includes(name))) await sleep(200);
}
