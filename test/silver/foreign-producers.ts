import { EVENT, GKG, MENTION } from "../../src/gdelt/columns.ts";
import { parseSliceFileName, SLICE_MS } from "../../src/gdelt/feeds.ts";
import type { Random } from "../../src/ingest/slice-generator/random.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import type { SourceOptions } from "../../src/silver/feed-source.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";
import { type Contents, contentsOf } from "../simulation/contents.ts";
import { makeScenario } from "../simulation/scenario.ts";

export const KINDS = ["events", "mentions", "gkg"] as const;
export type Kind = (typeof KINDS)[number];

/** The lines of a slice, without their newlines. */
export interface SliceLines {
  readonly sliceMs: number;
  readonly lines: Readonly<Record<Kind, readonly Buffer[]>>;
}

/** A retention that no scenario outlasts. */
const RETENTION_MS = 8 * 96 * SLICE_MS;
/** The columns that make two rows of a feed one. */
const IDENTITIES: Readonly<Record<Kind, readonly number[]>> = {
  events: [EVENT.GlobalEventID],
  mentions: [0, 1, 2, 3, 5, 6, 7, 8, 9],
  gkg: [GKG.DocumentIdentifier],
};
const KEYS: Readonly<Record<Kind, number>> = {
  events: EVENT.GlobalEventID,
  mentions: MENTION.MentionIdentifier,
  gkg: GKG.DocumentIdentifier,
};
/** The stamp of a row that the scenario has put into the wrong slice. */
const ASTRAY = "20230101000000";

/**
 * Slices of a scenario with bad rows and rows that are there twice, but without those of which it
 * matters which comes first, or in which file they are: a foreign topic tells neither.
 */
export async function scenarioLines(seed: number, slices: number): Promise<SliceLines[]> {
  const { plainVisits, read } = makeScenario({
    seed,
    slices: Array.from({ length: slices }, (_, i) => i),
    events: 4,
    translation: false,
    arrival: "in-order",
    retentionSlices: RETENTION_MS / SLICE_MS,
    close: false,
  });
  const found = new Map<number, SliceLines>();
  for (const { sliceMs, files } of plainVisits) {
    const lines = { events: [] as Buffer[], mentions: [] as Buffer[], gkg: [] as Buffer[] };
    for (const path of files.values()) {
      const { feed } = parseSliceFileName(path.slice(path.indexOf("/") + 1))!;
      const bytes = await read(path).then(
        (file) => file.bytes,
        () => Buffer.alloc(0),
      );
      lines[feed as Kind] = unambiguous(feed as Kind, splitLines(bytes));
    }
    found.set(sliceMs, { sliceMs, lines });
  }
  return [...found.values()];
}

function splitLines(bytes: Buffer): Buffer[] {
  const text = bytes.toString("latin1");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => Buffer.from(line, "latin1"));
}

function unambiguous(kind: Kind, lines: readonly Buffer[]): Buffer[] {
  const known = new Map<string, Buffer>();
  return lines.filter((line) => {
    const fields = line.toString("latin1").split("\t");
    if (fields.includes(ASTRAY)) return false;
    const identity = IDENTITIES[kind].map((column) => fields[column]).join("|");
    const before = known.get(identity);
    known.set(identity, before ?? line);
    return before === undefined || before.equals(line);
  });
}

export const openSilver = (
  source: Partial<SourceOptions>,
  partitions: number,
): Promise<TopologyTestDriver> =>
  TopologyTestDriver.open(
    silverTopology({
      ...SILVER_DEFAULTS,
      source: { ...SILVER_DEFAULTS.source, ...source },
      eventRetentionMs: RETENTION_MS,
      documentRetentionMs: 8 * SLICE_MS,
      bronze: false,
      mart: false,
    }),
    { partitions, startMs: Date.UTC(2024, 5, 1) },
  );

/** What the tables hold. */
export const silverContents = (driver: TopologyTestDriver): Promise<Contents> =>
  contentsOf(async (node) => driver.table(node).flatMap(({ value }) => decodeArrow(value)));

/** As this project's own producer would: by key, the time of a record its slice, markers behind. */
export async function publish(driver: TopologyTestDriver, slices: readonly SliceLines[]) {
  for (const { sliceMs, lines } of slices) {
    for (const kind of KINDS) {
      const records = lines[kind].map((value) => ({
        key: value.toString("latin1").split("\t")[KEYS[kind]] ?? "",
        value,
        timestampMs: sliceMs,
      }));
      await driver.pipe(`gdelt.${kind}`, records);
    }
    await driver.closeSlice(sliceMs);
  }
}

/** A line as somebody else's producer sends it. */
export interface ForeignLine {
  readonly kind: Kind;
  readonly value: Buffer;
}

/**
 * Lines in the order in which several producers come to send them: each goes through the slices in
 * order, shuffles what it has of one, and is up to `lag` slices behind the first of them.
 */
export function foreignOrder(
  random: Random,
  slices: readonly SliceLines[],
  { producers, lag }: { readonly producers: number; readonly lag: number },
): ForeignLine[] {
  const queues = Array.from({ length: producers }, () => slices.map((): ForeignLine[] => []));
  for (const [at, { lines }] of slices.entries()) {
    for (const kind of KINDS) {
      for (const value of lines[kind]) random.pick(queues)[at]!.push({ kind, value });
    }
    for (const queue of queues) random.shuffle(queue[at]!);
  }
  const order: ForeignLine[] = [];
  for (;;) {
    const heads = queues.map((queue) => queue.findIndex((lines) => lines.length > 0));
    const behind = Math.min(...heads.filter((head) => head >= 0));
    if (behind === Number.POSITIVE_INFINITY) return order;
    const able = queues.filter((_, i) => heads[i]! >= 0 && heads[i]! <= behind + lag);
    const queue = random.pick(able);
    order.push(queue.find((lines) => lines.length > 0)!.shift()!);
  }
}
