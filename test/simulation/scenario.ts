import { hash } from "node:crypto";
import { EVENT, GKG, MENTION } from "../../src/gdelt/columns.ts";
import {
  ENGLISH_FEEDS,
  type Feed,
  SLICE_MS,
  sliceFileName,
  stampOf,
  TRANSLATION_FEEDS,
} from "../../src/gdelt/feeds.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { type FeedFile, FeedFileError } from "../../src/sources/feed-file.ts";
import type { ArchiveSlice } from "../../src/sources/slice-archive.ts";

/** What a scenario is made of; the same numbers make the same one. */
export interface ScenarioSpec {
  readonly seed: number;
  /** Which slices there are, in quarters of an hour after the first. */
  readonly slices: readonly number[];
  /** On average, in each slice. */
  readonly events: number;
  readonly translation: boolean;
  /**
   * `in-order`: as GDELT publishes. `late`: slices come in any order, feeds of a slice one after
   * the other, files a second time with more rows.
   */
  readonly arrival: "in-order" | "late";
  /** Slices after which an event no longer waits; all scenarios are shorter but `in-order` ones. */
  readonly retentionSlices: number;
  /** Ends the stream after the last slice. */
  readonly close: boolean;
}

/** Files of slices as a publisher comes upon them, one visit after the other. */
export interface Scenario {
  readonly feeds: readonly string[];
  readonly visits: readonly ArchiveSlice[];
  /** The same files in time order, every slice complete when it is first seen. */
  readonly plainVisits: readonly ArchiveSlice[];
  readonly read: (path: string) => Promise<FeedFile>;
}

const MIDNIGHT_MS = Date.UTC(2024, 0, 1);
const PERSON_WITH_COMMA = "Duke, Jr. of Nowhere";

export function makeScenario(spec: ScenarioSpec): Scenario {
  const random = new Random(spec.seed, 7);
  const feeds = spec.translation ? [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS] : ENGLISH_FEEDS;
  const files = new Map<string, Buffer | "rejected">();
  const slices: SliceVersions[] = [];
  let before: Rows | null = null;
  for (const generated of generate(spec, random)) {
    // A gap: the slice is never published, but others speak of its events.
    if (slices.length > 0 && random.chance(0.1)) continue;
    before = disturb(random, generated, before);
    slices.push(layOut(random, spec, { feeds, files, rows: before, sliceMs: generated.sliceMs }));
  }
  return {
    feeds: feeds.map((feed) => feed.name),
    visits: spec.arrival === "late" ? lateVisits(random, slices) : slices.flatMap((s) => s.whole),
    plainVisits: slices.flatMap((slice) => slice.whole),
    read: (path) => readFile(files, path),
  };
}

/** Lines of each feed's file. */
interface Rows {
  readonly sliceMs: number;
  readonly of: ReadonlyMap<string, string[]>;
}

function* generate(spec: ScenarioSpec, random: Random): Generator<Rows> {
  const startMs = MIDNIGHT_MS + random.below(3) * SLICE_MS;
  const shares = { foreign: 0.05, citations: 0.1, withGkg: 0.8, days1: 0.05 };
  const stream = (translation: boolean) =>
    new SliceStream({
      seed: spec.seed,
      startMs,
      eventsPerSlice: spec.events,
      mentionsPerEvent: 2.5,
      gcamEntries: 2,
      translation,
      shares,
    });
  const streams = [stream(false), ...(spec.translation ? [stream(true)] : [])];
  for (const number of spec.slices) {
    const contents = streams.flatMap((each) => [...each.slice(number).feeds]);
    const lines = contents.map(([feed, bytes]) => [feed, splitLines(bytes)] as const);
    yield { sliceMs: startMs + number * SLICE_MS, of: new Map(lines) };
  }
}

const splitLines = (bytes: Buffer): string[] => bytes.toString().split("\n").slice(0, -1);

/** What real files have now and then, and the generator does not. */
function disturb(random: Random, rows: Rows, before: Rows | null): Rows {
  for (const [feed, lines] of rows.of) {
    const kind = feed.split(".")[0];
    if (before !== null && random.chance(0.3)) repeatDocument(random, rows, before, feed);
    if (kind === "gkg" && lines.length > 0 && random.chance(0.5)) {
      setField(lines, random.below(lines.length), GKG.V2Persons, `${PERSON_WITH_COMMA},7`);
    }
    if (kind === "mentions" && random.chance(0.3)) {
      for (const row of lines.keys()) setField(lines, row, MENTION.Confidence, "50");
    }
    repeatRows(random, lines, kind!);
    if (random.chance(0.4)) damageRow(random, lines, kind!);
    if (random.chance(0.03)) lines.length = 0;
  }
  return rows;
}

/** A document of the slice before is named, and may have its GKG row, in this slice too. */
function repeatDocument(random: Random, rows: Rows, before: Rows, feed: string): void {
  if (!feed.startsWith("mentions")) return;
  const found = before.of.get(feed) ?? [];
  const at = random.below(found.length || 1);
  const mention = found[at]?.split("\t");
  if (mention?.length !== 16) return;
  const stamp = stampOf(rows.sliceMs);
  const address = mention[MENTION.MentionIdentifier];
  mention[MENTION.MentionTimeDate] = stamp;
  rows.of.get(feed)!.push(mention.join("\t"));
  const gkgFeed = feed.replace("mentions", "gkg");
  const gkg = before.of
    .get(gkgFeed)
    ?.map((line) => line.split("\t"))
    .find((fields) => fields[GKG.DocumentIdentifier] === address);
  if (gkg?.length !== 27 || random.chance(0.3)) return;
  gkg[GKG.GKGRECORDID] = `${stamp}-900`;
  gkg[GKG.DATE] = stamp;
  rows.of.get(gkgFeed)!.push(gkg.join("\t"));
}

function repeatRows(random: Random, lines: string[], kind: string): void {
  if (lines.length === 0 || random.chance(0.5)) return;
  const row = lines[random.below(lines.length)]!;
  lines.push(row);
  const other = row.split("\t");
  if (kind === "mentions") {
    // The same by its key: neither of these is part of it.
    other[MENTION.MentionSourceName] = "elsewhere.example";
    other[MENTION.MentionDocTone] = "1.25";
  } else if (kind === "events") other[EVENT.Actor1Name] = "SOMEBODY ELSE";
  else other[GKG.GKGRECORDID] += `${random.below(90)}`;
  lines.push(other.join("\t"));
}

function damageRow(random: Random, lines: string[], kind: string): void {
  const row = lines.length === 0 ? "1\t2" : lines[random.below(lines.length)]!;
  const fields = row.split("\t");
  const damaged = random.pick([
    () => "",
    () => "a line of text",
    () => fields.slice(0, 5).join("\t"),
    () => `${row}\tone more`,
    // Of the rows of one document the first has to be the one with the smallest record id: another
    // would be used where an earlier attempt at the slice closes in the middle of the file.
    () => (kind === "gkg" ? "" : `x${row}`),
    // The stamp of another slice, wherever the feed has it.
    () => fields.map((f) => (/^2024\d{10}$/.test(f) ? "20230101000000" : f)).join("\t"),
  ])();
  lines.splice(random.below(lines.length + 1), 0, damaged);
}

function setField(lines: string[], row: number, column: number, value: string): void {
  const fields = lines[row]!.split("\t");
  if (fields.length <= column) return;
  fields[column] = value;
  lines[row] = fields.join("\t");
}

/** A slice as seen at each visit: with ever more feeds, and files in newer versions. */
interface SliceVersions {
  /** One visit for each version of the files. */
  readonly whole: readonly ArchiveSlice[];
  readonly piecemeal: readonly ArchiveSlice[];
}

function layOut(
  random: Random,
  spec: ScenarioSpec,
  slice: {
    readonly feeds: readonly Feed[];
    readonly files: Map<string, Buffer | "rejected">;
    readonly rows: Rows;
    readonly sliceMs: number;
  },
): SliceVersions {
  const stamp = stampOf(slice.sliceMs);
  const versions: Map<string, string>[] = [new Map(), new Map()];
  for (const feed of slice.feeds) {
    if (random.chance(0.06)) continue;
    const lines = slice.rows.of.get(feed.name) ?? [];
    const name = sliceFileName(feed, slice.sliceMs, { zipped: false });
    const grows = spec.arrival === "late" && feed.kind !== "gkg" && random.chance(0.2);
    const kept = grows ? lines.slice(0, random.below(lines.length + 1)) : lines;
    const contents = grows ? [kept, lines] : [lines];
    const rejected = random.chance(0.03);
    for (const [version, content] of contents.entries()) {
      const path = `v${version}/${name}`;
      const bytes = Buffer.from(content.map((line) => `${line}\n`).join(""));
      slice.files.set(path, rejected ? "rejected" : bytes);
      for (const later of versions.slice(version)) later.set(feed.name, path);
    }
  }
  const at = (files: ReadonlyMap<string, string>) => ({ sliceMs: slice.sliceMs, stamp, files });
  const [first, last] = versions.map(at) as [ArchiveSlice, ArchiveSlice];
  const some = new Map([...first.files].filter(() => random.chance(0.5)));
  return {
    whole: [first, last],
    piecemeal: [...(random.chance(0.5) ? [at(some)] : []), first, last],
  };
}

/** Slices in any order; the visits of one slice in theirs. */
function lateVisits(random: Random, slices: readonly SliceVersions[]): ArchiveSlice[] {
  const queues = slices.map(({ piecemeal }) => [...piecemeal]);
  const visits: ArchiveSlice[] = [];
  for (;;) {
    const waiting = queues.filter((queue) => queue.length > 0);
    if (waiting.length === 0) return visits;
    // Mostly the oldest, else the order would have nothing of time left.
    const queue = random.chance(0.5) ? waiting[0]! : random.pick(waiting);
    visits.push(queue.shift()!);
  }
}

async function readFile(
  files: ReadonlyMap<string, Buffer | "rejected">,
  path: string,
): Promise<FeedFile> {
  const content = files.get(path)!;
  const name = path.slice(path.indexOf("/") + 1);
  const bytes = content === "rejected" ? Buffer.from(`<html>${name}`) : content;
  const raw = { name, bytes, fileBytes: bytes.length, checksum: hash("md5", bytes) };
  if (content === "rejected") throw new FeedFileError(raw, "not_a_feed", "not rows of a feed");
  return raw;
}
