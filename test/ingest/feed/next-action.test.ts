import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SLICE_MS, stampOf } from "../../../src/gdelt/feeds.ts";
import type { FileState } from "../../../src/ingest/feed/file-shelf.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import { type Action, nextAction } from "../../../src/ingest/feed/next-action.ts";
import { Sightings } from "../../../src/ingest/feed/sightings.ts";
import {
  filesToFetch,
  isWanted,
  lookRange,
  neededFeeds,
  nextSlice,
  type Situation,
} from "../../../src/ingest/feed/situation.ts";
import type { SliceEntry } from "../../../src/ingest/slice-entry.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { SliceIndex } from "../../../src/ingest/slice-index.ts";
import { FeedFileError } from "../../../src/sources/feed-file.ts";
import { propertyRuns } from "../property-runs.ts";

const FEEDS = ["events", "mentions", "gkg"];
const START_MS = Date.UTC(2026, 2, 1, 10);
const MINUTE_MS = 60_000;
const NEVER = Number.NEGATIVE_INFINITY;

const at = (slice: number): number => START_MS + slice * SLICE_MS;

function inventIndex(random: Random): SliceIndex {
  const index = new SliceIndex({ retentionMs: 20 * SLICE_MS, feeds: FEEDS });
  const slices = random.chance(0.2) ? 0 : random.below(9);
  for (let slice = 0; slice < slices; slice++) {
    const isLast = slice === slices - 1;
    const closing = isLast ? FEEDS.slice(0, random.between(1, 3)) : FEEDS;
    for (const feed of closing) {
      const status = random.pick(["published", "published", "missing", "rejected"] as const);
      const entry: SliceEntry = {
        slice: stampOf(at(slice)),
        attempt: 1,
        feed,
        status,
        file: status === "missing" ? null : `${slice}${feed}`,
        checksum: status === "missing" ? null : "known",
        bytes: 1,
        rows: 1,
        reason: status === "rejected" ? "not_a_zip" : null,
        outcome: null,
        feeds: FEEDS,
        missing: [],
      };
      index.apply(entry);
    }
  }
  return index;
}

function inventState(random: Random, nowMs: number): FileState {
  const lastMs = nowMs - random.below(60) * MINUTE_MS;
  const firstMs = lastMs - random.below(60) * MINUTE_MS;
  const tries = random.between(1, 6);
  const dueMs = nowMs + random.between(-5, 5) * MINUTE_MS;
  const trouble = { tries, rejections: random.below(tries + 1), firstMs, lastMs, dueMs };
  const raw = { name: "x", bytes: Buffer.alloc(0), fileBytes: 0, checksum: "new" };
  switch (random.below(5)) {
    case 0:
      return { kind: "awaited" };
    case 1:
      return { kind: "not_there", trouble };
    case 2:
      return { kind: "unavailable", trouble };
    case 3: {
      const error = new FeedFileError(raw, "md5_mismatch", "no");
      return { kind: "rejected", error, settled: random.chance(0.3), trouble };
    }
    default:
      return { kind: "whole", file: raw };
  }
}

/** Any situation a follower may be in, and some in which it never is. */
function inventSituation(seed: number): Situation {
  const random = new Random(seed, 2);
  const published = inventIndex(random);
  const nowMs = at(random.between(0, 40)) + random.below(15) * MINUTE_MS;
  const ago = () => (random.chance(0.3) ? NEVER : nowMs - random.below(90) * MINUTE_MS);
  const soon = () => nowMs + random.between(-1, 15) * MINUTE_MS;
  const newestMs = Number.isFinite(published.newestMs) ? published.newestMs : at(-1);
  const cursorMs = random.chance(0.1) ? null : newestMs + random.between(1, 3) * SLICE_MS;
  const sightings = new Sightings();
  const states = new Map<ListedFile, FileState>();
  const now: Situation = {
    nowMs,
    rules: {
      feeds: FEEDS,
      toMs: random.chance(0.4) ? at(random.between(0, 30)) : null,
      retentionMs: 20 * SLICE_MS,
      missingAfterMs: 30 * MINUTE_MS,
      lookEveryMs: 15 * MINUTE_MS,
      rejectionsMax: 4,
    },
    published,
    cursorMs,
    sightings,
    times: {
      polledMs: ago(),
      pollDueMs: soon(),
      lookedMs: ago(),
      lookedToMs: at(random.below(40)),
      lookDueMs: soon(),
      nextAfterLookMs: random.chance(0.5) ? Number.POSITIVE_INFINITY : at(random.below(60)),
    },
    stateOf: (file) => states.get(file)!,
  };
  const files: ListedFile[] = [];
  const share = random.pick([0.01, 0.2, 0.9]);
  for (let slice = 0; slice < 60; slice++) {
    for (const feed of FEEDS) {
      if (!random.chance(share)) continue;
      const checksum = random.pick(["known", "new"]);
      files.push({ feed, sliceMs: at(slice), name: `${slice}${feed}`, bytes: 1, checksum });
    }
  }
  for (const file of files) states.set(file, inventState(random, nowMs));
  sightings.show(files, (file) => isWanted(now, file), nowMs - random.below(90) * MINUTE_MS);
  return now;
}

/** What holds in any situation. */
function check(now: Situation, action: Action): void {
  const { nowMs, rules, published, cursorMs, times } = now;
  const sliceMs = nextSlice(now);
  assert.equal(action.kind === "poll", times.pollDueMs <= nowMs);
  switch (action.kind) {
    case "look": {
      const { fromMs, toMs } = lookRange(now);
      assert(fromMs <= sliceMs! && sliceMs! <= toMs, "the look is for another slice");
      assert(times.lookDueMs <= nowMs);
      return;
    }
    case "wait":
      assert(action.untilMs > nowMs, "it would not wait");
      return;
    case "done":
      assert(rules.toMs !== null && published.open.size === 0);
      assert(cursorMs === null ? nowMs > rules.toMs : cursorMs > rules.toMs);
      return;
    case "skip":
      assert(action.toMs - cursorMs! > rules.retentionMs && Number.isFinite(action.toMs));
      return;
    case "publish":
      checkPublish(now, action);
  }
}

function checkPublish(now: Situation, action: Extract<Action, { kind: "publish" }>): void {
  const { nowMs, rules, published, sightings, stateOf } = now;
  for (const file of action.files.values()) {
    const { kind } = stateOf(file);
    assert(kind === "whole" || kind === "rejected", `${kind} is not here`);
    assert(isWanted(now, file), "it has been published");
  }
  if (action.sliceMs !== nextSlice(now)) {
    assert.equal(published.open.size, 0, "what is open would be closed without its files");
    assert(action.sliceMs < now.cursorMs! && action.files.size > 0);
    return;
  }
  assert(published.open.size > 0 || rules.toMs === null || action.sliceMs <= rules.toMs);
  for (const feed of neededFeeds(now, action.sliceMs)) {
    assert(action.files.has(feed) !== action.absences.has(feed), `${feed} is both or neither`);
  }
  for (const feed of action.absences.keys()) {
    const isNewest =
      action.sliceMs >= published.newestMs && sightings.slices.every((ms) => ms <= action.sliceMs);
    const isPastRange =
      rules.toMs !== null && rules.toMs + SLICE_MS + rules.missingAfterMs <= nowMs;
    assert(!isNewest || isPastRange, `${feed} is given up with nothing newer`);
  }
}

describe("nextAction", () => {
  test("does nothing wrong in any situation, and never the same for ever", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), (seed) => {
        const now = inventSituation(seed);
        const { next, repairs, ahead } = filesToFetch(now);
        for (const file of [...next, ...repairs, ...ahead]) assert(isWanted(now, file));
        const action = nextAction(now);
        kinds.add(action.kind);
        check(now, action);
      }),
      propertyRuns(5000),
    );
    assert.deepEqual([...kinds].sort(), ["done", "look", "poll", "publish", "skip", "wait"]);
  });
});
