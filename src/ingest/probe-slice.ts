import { type Feed, feedNamed, stampOf } from "../gdelt/feeds.ts";
import { ConfigError } from "../record/errors.ts";
import type { Log } from "../runtime/ports.ts";
import { type FoundFile, planAttempt } from "./attempt-plan.ts";
import { feedTransaction } from "./feed-transaction.ts";
import { publishedSlices } from "./slice-publisher.ts";

/** Ids of probes begin here, far above GDELT's own. The seconds since the epoch are added. */
const FIRST_ID = 9_000_000_000_000;
/** GDELT's slices are whole quarters of an hour: a second after one there is none. */
const AFTER_NEWEST_MS = 1000;
const SECOND_MS = 1000;

/** A slice of one event, one mention and one document, by which one sees that the way to the tables is open. */
export interface ProbeSlice {
  readonly sliceMs: number;
  readonly eventId: number;
  /** Content of each feed's file, by the feed's name. */
  readonly rows: ReadonlyMap<string, Buffer>;
}

export function probeSlice(sliceMs: number): ProbeSlice {
  const eventId = FIRST_ID + sliceMs / SECOND_MS;
  const stamp = stampOf(sliceMs);
  const document = `https://probe.invalid/${stamp}`;
  const line = (cells: readonly (string | number)[]) => Buffer.from(`${cells.join("\t")}\n`);
  return {
    sliceMs,
    eventId,
    rows: new Map([
      ["events", line(eventCells(eventId, stamp, document))],
      ["mentions", line(mentionCells(eventId, stamp, document))],
      ["gkg", line(gkgCells(stamp, document))],
    ]),
  };
}

const none = (count: number): string[] => Array.from({ length: count }, () => "");

/** Somebody unknown made a statement (CAMEO 010) to somebody unknown, nowhere. */
function eventCells(id: number, stamp: string, document: string): (string | number)[] {
  const [date, month, year] = [stamp.slice(0, 8), stamp.slice(0, 6), stamp.slice(0, 4)];
  const nowhere = ["0", ...none(7)];
  return [
    ...[id, date, month, year, `${year}.0000`],
    ...none(20),
    ...[0, "010", "010", "01", 1, "0.0", 1, 1, 1, "0.0"],
    ...[...nowhere, ...nowhere, ...nowhere],
    ...[stamp, document],
  ];
}

const mentionCells = (id: number, stamp: string, document: string): (string | number)[] => [
  ...[id, stamp, stamp, 1, "probe.invalid", document],
  ...[1, -1, -1, 10, 1, 100, 100, "0.0", "", ""],
];

const gkgCells = (stamp: string, document: string): string[] => [
  ...[`${stamp}-0`, stamp, "1", "probe.invalid", document],
  ...none(10),
  "0,0,0,0,0,0,1",
  ...none(11),
];

/**
 * Publishes a probe behind the newest slice, under a producer of its own: the feed's goes on undisturbed. All feeds
 * are closed in one transaction, so that nobody finds the slice open. In the state it lies with the slice before it.
 *
 * @returns null as long as no slice has been published, or one only in part, before which this would close
 */
export async function publishProbe(
  log: Log,
  application: string,
  given: { readonly feeds: readonly string[]; readonly partitions: number },
): Promise<ProbeSlice | null> {
  const published = await publishedSlices(log, given.feeds);
  if (published.ended)
    throw new ConfigError("the stream has been ended: no slice follows any more");
  if (!Number.isFinite(published.newestMs) || published.open.size > 0) return null;
  const probe = probeSlice(published.newestMs + AFTER_NEWEST_MS);
  const feeds = given.feeds.map(feedNamed);
  const partitions = published.partitions ?? given.partitions;
  const found = new Map(feeds.flatMap((feed) => fileOf(probe, feed)));
  const plan = planAttempt(null, false, given.feeds, found, new Map());
  const producer = await log.producer(`${application}-probe`);
  for (const closing of plan.closings) {
    const at = { feed: feedNamed(closing.feed), partitions, sliceMs: probe.sliceMs };
    for (const each of feedTransaction(at, plan, closing, () => []).records)
      await producer.send(each);
  }
  await producer.commit();
  return probe;
}

function fileOf({ rows, sliceMs }: ProbeSlice, { name, suffix }: Feed): [string, FoundFile][] {
  const bytes = rows.get(name);
  // A translation feed has nothing to say.
  if (bytes === undefined) return [];
  const file = `${stampOf(sliceMs)}${suffix}`;
  return [
    [
      name,
      { name: file, bytes, checksum: file, fileBytes: bytes.length, identity: file, error: null },
    ],
  ];
}
