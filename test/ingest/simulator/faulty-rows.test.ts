import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Column,
  EVENT,
  eventColumns,
  GKG,
  gkgColumns,
  MENTION,
  mentionColumns,
} from "../../../src/gdelt/columns.ts";
import { ENGLISH_FEEDS, type Feed, TRANSLATION_FEEDS } from "../../../src/gdelt/feeds.ts";
import { rowProblem } from "../../../src/gdelt/row-problem.ts";
import { TsvRows } from "../../../src/gdelt/tsv-rows.ts";
import { splitRows } from "../../../src/ingest/feed-rows.ts";
import type { FileFault } from "../../../src/ingest/simulator/fault-plan.ts";
import { withFault } from "../../../src/ingest/simulator/faulty-rows.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { rowsIn, STREAM } from "./served.ts";

const COLUMNS: Readonly<Record<Feed["kind"], readonly Column[]>> = {
  events: eventColumns,
  mentions: mentionColumns,
  gkg: gkgColumns,
};
const STAMPS = { events: EVENT.DATEADDED, mentions: MENTION.MentionTimeDate, gkg: GKG.DATE };

/** Slice 2 has events in both streams. */
function contentOf(feed: Feed): { content: Buffer; stamp: string } {
  const stream = new SliceStream({ ...STREAM, translation: feed.translation });
  const { feeds, stamp } = stream.slice(2);
  return { content: feeds.get(feed.name)!, stamp };
}

/** Why the program would not take a row, for each that it would not. */
function problems(content: Buffer, feed: Feed, stamp: string): string[] {
  const columns = COLUMNS[feed.kind];
  const problemOf = rowProblem(columns);
  const rows = new TsvRows(columns.length);
  rows.load({ bytes: content, ...splitRows(content) });
  const texts = rowsIn(content);
  return texts.flatMap((text, row) => {
    const problem = problemOf(rows, row);
    if (problem !== null) return [problem.split(":")[0]!];
    return text.split("\t")[STAMPS[feed.kind]] === stamp ? [] : ["wrong_slice"];
  });
}

describe("faults of rows", () => {
  for (const feed of [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS]) {
    const { content, stamp } = contentOf(feed);
    const faulty = (fault: FileFault | undefined, seed = 1) =>
      withFault(content, feed, fault, new Random(seed));

    test(`malformed rows of ${feed.name} are refused, all others are there in their order`, () => {
      const seen = new Set<string>();
      for (let seed = 0; seed < 12; seed++) {
        const found = faulty({ kind: "malformed", rows: 8 }, seed);
        const refused = problems(found, feed, stamp);
        assert.equal(refused.length, 8);
        for (const problem of refused) seen.add(problem);
        const good = new Set(rowsIn(content));
        const kept = rowsIn(found).filter((row) => good.has(row));
        assert.deepEqual(kept, rowsIn(content));
      }
      const kinds = ["field_count", "bad_number", "invalid_utf8", "wrong_slice"];
      assert.deepEqual([...seen].sort(), kinds.sort());
    });

    test(`repeated rows of ${feed.name} are its own, each repeated once`, () => {
      const rows = rowsIn(faulty({ kind: "duplicate", rows: 5 }));
      const own = rowsIn(content);
      assert.deepEqual(rows.slice(0, own.length), own);
      const repeated = rows.slice(own.length);
      assert.equal(new Set(repeated).size, 5);
      for (const row of repeated) assert(own.includes(row));
    });

    test(`${feed.name} without rows has no malformed or repeated ones`, () => {
      const nothing = Buffer.alloc(0);
      for (const kind of ["malformed", "duplicate"] as const) {
        const found = withFault(nothing, feed, { kind, rows: 5 }, new Random(1));
        assert.equal(found.length, 0);
      }
    });

    test(`${feed.name} that collapsed has its first rows, an empty one has none`, () => {
      const collapsed = faulty({ kind: "collapsed", rows: 3 });
      assert.deepEqual(rowsIn(collapsed), rowsIn(content).slice(0, 3));
      assert.equal(faulty({ kind: "zero" }).length, 0);
    });

    test(`${feed.name} is as it was where the fault is none of its rows`, () => {
      for (const fault of [undefined, { kind: "html" }, { kind: "listed-404" }] as const) {
        assert.equal(faulty(fault), content);
      }
    });
  }
});
