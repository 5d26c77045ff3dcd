import { EVENT, GKG, MENTION } from "../../gdelt/columns.ts";
import { type Feed, parseStamp, SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import { splitRows } from "../feed-rows.ts";
import type { Random } from "../slice-generator/random.ts";
import type { FileFault } from "./fault-plan.ts";

/** The content of a feed's file as a fault leaves it; of other faults than those of rows, as it is. */
export function withFault(
  content: Buffer,
  feed: Feed,
  fault: FileFault | undefined,
  random: Random,
): Buffer {
  switch (fault?.kind) {
    case "zero":
      return Buffer.alloc(0);
    case "collapsed":
      return Buffer.concat(rowsOf(content).slice(0, fault.rows));
    case "duplicate":
      return Buffer.concat([content, ...random.sample(rowsOf(content), fault.rows)]);
    case "malformed":
      return withMalformedRows(content, feed, fault.rows, random);
    default:
      return content;
  }
}

/** With their newlines. */
function rowsOf(content: Buffer): Buffer[] {
  const { length, starts, ends } = splitRows(content);
  return Array.from({ length }, (_, i) => content.subarray(starts[i], ends[i]! + 1));
}

/** Each after the row which it is a damaged copy of. */
function withMalformedRows(content: Buffer, feed: Feed, count: number, random: Random): Buffer {
  const rows = rowsOf(content);
  const damaged = new Map<number, Buffer[]>();
  for (let i = 0; i < count && rows.length > 0; i++) {
    const at = random.below(rows.length);
    const others = damaged.get(at) ?? [];
    damaged.set(at, [...others, damagedRow(rows[at]!, feed, random)]);
  }
  return Buffer.concat(rows.flatMap((row, i) => [row, ...(damaged.get(i) ?? [])]));
}

/** Where a kind of feed has its stamp, a text, and a number. */
const COLUMNS = {
  events: { stamp: EVENT.DATEADDED, text: EVENT.Actor1Name, number: EVENT.NumMentions },
  mentions: {
    stamp: MENTION.MentionTimeDate,
    text: MENTION.MentionSourceName,
    number: MENTION.Confidence,
  },
  gkg: { stamp: GKG.DATE, text: GKG.SourceCommonName, number: GKG.V2Tone },
} as const;

/** A byte which is in no UTF-8 text. */
const NOT_UTF8 = "\xff";

function damagedRow(row: Buffer, feed: Feed, random: Random): Buffer {
  // Bytes, not letters: what is not damaged stays as it is.
  const cells = row.toString("latin1").slice(0, -1).split("\t");
  const { stamp, text, number } = COLUMNS[feed.kind];
  switch (random.pick(["short", "long", "number", "utf8", "stamp"] as const)) {
    case "short":
      cells.pop();
      break;
    case "long":
      cells.push("");
      break;
    case "number":
      cells[number] = "12,3x";
      break;
    case "utf8":
      cells[text] += NOT_UTF8;
      break;
    case "stamp":
      cells[stamp] = stampOf(parseStamp(cells[stamp]!)! - SLICE_MS);
      break;
  }
  return Buffer.from(`${cells.join("\t")}\n`, "latin1");
}
