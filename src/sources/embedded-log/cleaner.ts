import { ConfigError } from "../../record/errors.ts";
import type { Journal } from "./journal.ts";
import {
  type DiskRange,
  emptyCommit,
  type JournalState,
  type ListedRange,
  toListedRange,
} from "./journal-state.ts";
import type { Segment } from "./segment.ts";

/** A segment with less than this part of it in use is emptied: its rows move to the end. */
const sparseShare = 1 / 8;
/** What a commit frame needs to list a range again. */
const listingBytes = 200;

/**
 * Drops what is past its topic's retention, and deletes the segments that hold nothing else. Topics
 * share segments, so rows that are kept for long, or for ever, would pin everything beside them:
 * when little of a segment is in use, that little is written once more at the end of the journal.
 * Each byte that is moved sets seven free.
 *
 * `pinnedFrom`: the first segment with rows of a transaction that is still open, or Infinity.
 */
export async function cleanJournal(journal: Journal, pinnedFrom: number): Promise<void> {
  const before = Math.min(journal.activeId, pinnedFrom);
  const candidates = [...journal.segments].filter(({ id }) => id < before);
  await dropPastRetention(journal);
  await moveFromSparse(journal, candidates);
  const used = usedBytes(journal.state);
  for (const segment of candidates) {
    if (!used.has(segment.id)) await journal.delete(segment);
  }
}

/** The bounds move first, and durably: rows that could still be read must not lose their file. */
async function dropPastRetention(journal: Journal): Promise<void> {
  await journal.sync();
  const { catalog } = journal.state;
  const bounds = [...journal.state.partitions()].flatMap(([at, { end }]) => {
    const last = catalog.pastRetention(at).at(-1);
    return last ? { ...at, start: last.nextOffset, end } : [];
  });
  if (bounds.length === 0) return;
  await journal.commit({ ...emptyCommit, bounds });
  await journal.sync();
}

async function moveFromSparse(journal: Journal, candidates: readonly Segment[]): Promise<void> {
  const sparse = sparseSegments(journal, candidates);
  const moved: ListedRange[] = [];
  for (const [at, { ranges }] of journal.state.partitions()) {
    for (const range of ranges) {
      const place = sparse.has(range.place.segment) ? await move(journal, range) : range.place;
      const isMoved = place !== range.place;
      if (isMoved || sparse.has(range.listedIn)) moved.push(toListedRange(at, range, place));
    }
  }
  if (moved.length === 0) return;
  await journal.commit({ ...emptyCommit, ranges: moved });
  await journal.sync();
}

/** Those in which least is used, as many as can be emptied without keeping writers waiting. */
function sparseSegments(journal: Journal, candidates: readonly Segment[]): Set<number> {
  const used = usedBytes(journal.state);
  const emptiest = candidates
    .map(({ id, bytes }) => ({ id, bytes, used: used.get(id) ?? 0 }))
    .filter((segment) => segment.used <= segment.bytes * sparseShare)
    .sort((a, b) => a.used - b.used);
  const sparse = new Set<number>();
  let left = journal.segmentBytes / 2;
  for (const { id, used } of emptiest) {
    left -= used;
    if (left >= 0) sparse.add(id);
  }
  return sparse;
}

/** The new place; the old one if the rows are damaged there, for the reader to be told. */
async function move(journal: Journal, { place }: DiskRange): Promise<DiskRange["place"]> {
  try {
    const { frame, header } = await journal.read(place);
    return await journal.append({ header, parts: [frame], bytes: place.bytes });
  } catch (error) {
    if (error instanceof ConfigError) return place;
    throw error;
  }
}

/** Bytes of each segment that visible ranges need, by segment. */
function usedBytes(state: JournalState): Map<number, number> {
  const used = new Map<number, number>();
  const add = (segment: number, bytes: number) =>
    used.set(segment, (used.get(segment) ?? 0) + bytes);
  for (const [, { ranges }] of state.partitions()) {
    for (const { place, listedIn } of ranges) {
      add(place.segment, place.bytes);
      if (listedIn !== place.segment) add(listedIn, listingBytes);
    }
  }
  return used;
}
