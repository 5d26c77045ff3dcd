import { type Feed, feedNamed, SLICE_MS, stampOf } from "../gdelt/feeds.ts";
import { ConfigError } from "../record/errors.ts";
import type { Log } from "../runtime/ports.ts";
import { type FoundFile, planAttempt } from "./attempt-plan.ts";
import { feedTransaction } from "./feed-transaction.ts";
import type { PublishedSlices } from "./slice-index.ts";
import { publishedSlices } from "./slice-publisher.ts";

/** Ids of probes begin here, far above GDELT's own. The seconds since the epoch are added. */
const FIRST_ID = 9_000_000_000_000;
const SECOND_MS = 1000;
/** Where a feed has been missing for longer than that a probe is not what is to be seen to. */
const SLICES_BACK_MAX = 96;

/** An event, a mention and a document of a slice, by which one sees that the way to the tables is open. */
export interface ProbeSlice {
  readonly sliceMs: number;
  readonly eventId: number;
  /** Content of each feed's file, by the feed's name. */
  readonly rows: ReadonlyMap<string, Buffer>;
}

/** @param nowMs tells it from others */
export function probeSlice(sliceMs: number, nowMs: number): ProbeSlice {
  const eventId = FIRST_ID + Math.floor(nowMs / SECOND_MS);
  const stamp = stampOf(sliceMs);
  const document = `https://probe.invalid/${eventId}`;
  const line = (cells: readonly (string | number)[]) => Buffer.from(`${cells.join("\t")}\n`);
  return {
    sliceMs,
    eventId,
    rows: new Map([
      ["events", line(eventCells(eventId, stamp, document))],
      ["mentions", line(mentionCells(eventId, stamp, document))],
      ["gkg", line(gkgCells(`${stamp}-${eventId}`, stamp, document))],
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

const gkgCells = (record: string, stamp: string, document: string): string[] => [
  ...[record, stamp, "1", "probe.invalid", document],
  ...none(10),
  "0,0,0,0,0,0,1",
  ...none(11),
];

export interface ProbeRules {
  /** Names the producer, `<application>-probe`: that of the feed goes on undisturbed. */
  readonly application: string;
  readonly feeds: readonly string[];
  readonly partitions: number;
}

/**
 * Publishes a probe as a further attempt at a slice that all feeds have published: nobody waits for more of it, and its
 * close is one like any other. All feeds close it in one transaction, so nobody finds it open. The newest is left alone
 * where there are two: rows right behind those of their own slice may be read before that has closed, and would join
 * by a detour.
 *
 * @returns null as long as there is no such slice
 * @throws ConfigError after the end of the stream
 */
export async function publishProbe(
  log: Log,
  { application, feeds, partitions: configured }: ProbeRules,
  nowMs: number,
): Promise<ProbeSlice | null> {
  const published = await publishedSlices(log, feeds, SLICES_BACK_MAX * SLICE_MS);
  if (published.ended) {
    throw new ConfigError("the stream has been ended: no slice follows any more");
  }
  const sliceMs = wholeSlice(published, feeds);
  if (sliceMs === null) return null;
  const probe = probeSlice(sliceMs, nowMs);
  const partitions = published.partitions ?? configured;
  const found = new Map(feeds.map(feedNamed).flatMap((feed) => fileOf(probe, feed)));
  const plan = planAttempt(published.slice(sliceMs), false, feeds, found, new Map());
  const producer = await log.producer(`${application}-probe`);
  for (const closing of plan.closings) {
    const at = { feed: feedNamed(closing.feed), partitions, sliceMs };
    const { records } = feedTransaction(at, plan, closing, () => []);
    for (const each of records) await producer.send(each);
  }
  await producer.commit();
  return probe;
}

/** The second newest whole slice, or the only one. */
function wholeSlice(published: PublishedSlices, feeds: readonly string[]): number | null {
  const whole: number[] = [];
  for (let back = 0; back < SLICES_BACK_MAX && whole.length < 2; back++) {
    const sliceMs = published.newestMs - back * SLICE_MS;
    if (!(sliceMs >= published.oldestMs)) break;
    const there = published.publishedFeeds(sliceMs) ?? [];
    if (published.open.has(sliceMs) || feeds.some((feed) => !there.includes(feed))) continue;
    whole.push(sliceMs);
  }
  return whole.at(-1) ?? null;
}

function fileOf({ rows, eventId }: ProbeSlice, { name, suffix }: Feed): [string, FoundFile][] {
  const bytes = rows.get(name);
  // A translation feed has nothing to say.
  if (bytes === undefined) return [];
  const file = `probe-${eventId}${suffix}`;
  const { length: fileBytes } = bytes;
  return [[name, { name: file, bytes, checksum: file, fileBytes, identity: file, error: null }]];
}
