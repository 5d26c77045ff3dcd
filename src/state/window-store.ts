import { TaskCorruptedError } from "../record/errors.ts";
import { KeyIndex } from "./key-index.ts";
import {
  CHUNK_BYTES,
  type Chunk,
  ENTRY_BYTES_MAX,
  ENTRY_HEADER_BYTES,
  entryBytes,
  NO_CHUNK,
  Slab,
  type Spill,
} from "./slab.ts";
import type { Section, SegmentLength, Store } from "./store.ts";

export interface WindowStoreSpec {
  readonly kind: "window";
  readonly name: string;
  /** Length of a segment: entries whose times share one live and expire together. */
  readonly segmentMs: number;
}

/**
 * Time-bounded state: entries appended to the chain of their key, in the segment of their time.
 * Nothing is changed in place and nothing is deleted singly: a later entry supersedes an earlier
 * one, and a segment is dropped whole. So a checkpoint is what was appended, a rollback a
 * truncation, and expiry costs the same whatever the segment holds.
 *
 *     segment ── index: key → newest entry ──► entry ──prev──► entry ──prev──► entry
 *
 * Keys are 64 bits in two words: an id, or a hash that the reader verifies against the payload.
 */
export class WindowStore implements Store {
  readonly name: string;
  private readonly segmentMs: number;
  private readonly spill: Spill;
  /** In order of last use: the first is the first to be evicted. */
  private readonly segments = new Map<number, Segment>();
  private dropped = new Map<number, Segment>();
  private readonly touched = new Set<Segment>();
  private restoredSections = 0;

  constructor(spec: WindowStoreSpec, spill: Spill) {
    this.name = spec.name;
    this.segmentMs = spec.segmentMs;
    this.spill = spill;
  }

  segmentOf(timeMs: number): number {
    return Math.floor(timeMs / this.segmentMs);
  }

  /** Where the span of a segment begins, ms. */
  timeOf(segment: number): number {
    return segment * this.segmentMs;
  }

  /** The segment that holds a time, or undefined when nothing was put there or it has expired. */
  segmentAt(timeMs: number): Segment | undefined {
    return this.segments.get(this.segmentOf(timeMs));
  }

  /** The segment that holds a time, made when there is none; to be appended to. */
  openSegment(timeMs: number): Segment {
    const id = this.segmentOf(timeMs);
    let segment = this.segments.get(id);
    if (segment === undefined) {
      segment = new Segment(id, this.spill, this.touched);
      this.segments.set(id, segment);
    } else if (!this.touched.has(segment)) {
      this.segments.delete(id);
      this.segments.set(id, segment);
    }
    this.touched.add(segment);
    return segment;
  }

  /** Numbers of the live segments in ascending order of time. */
  segmentIds(): number[] {
    return [...this.segments.keys()].sort((a, b) => a - b);
  }

  segment(id: number): Segment | undefined {
    return this.segments.get(id);
  }

  /** Drops a segment; it comes back if the drop is rolled back. */
  drop(id: number): void {
    const segment = this.segments.get(id);
    if (segment === undefined) return;
    this.segments.delete(id);
    // Made and dropped between two commits: no trace is needed, and one id may go twice.
    if (segment.committedLength > 0) this.dropped.set(id, segment);
    else if (!this.dropped.has(id)) this.spill.drop(id);
    this.touched.delete(segment);
  }

  cut(): Section[] {
    const sections: Section[] = [];
    for (const segment of this.touched) {
      for (const { from, bytes } of segment.appended()) {
        sections.push({ store: this.name, segment: segment.id, from, bytes });
      }
    }
    return sections;
  }

  live(): SegmentLength[] {
    // One that was opened and got no entry leaves no section: a restore would not find it.
    return this.segmentIds()
      .map((segment) => ({ segment, length: this.segments.get(segment)!.length }))
      .filter(({ length }) => length > 0);
  }

  committed(): void {
    for (const segment of this.touched) segment.commit();
    this.touched.clear();
    for (const id of this.dropped.keys()) if (!this.segments.has(id)) this.spill.drop(id);
    this.dropped.clear();
    this.evictColdest();
  }

  /**
   * What is more than the store may keep leaves memory for the local disk, by segments. Their indexes stay,
   * and do not count: where there are many, they would drive out what is hot.
   */
  private evictColdest(): void {
    let held = sum(this.segments.values(), (segment) => segment.evictableBytes);
    const kept = this.spill.keep(held);
    for (const segment of this.segments.values()) {
      segment.release();
      if (held <= kept) continue;
      held -= segment.evictableBytes;
      segment.evict();
    }
  }

  rollback(): void {
    for (const segment of this.touched) {
      if (segment.committedLength === 0) this.segments.delete(segment.id);
      else segment.rollback();
    }
    this.touched.clear();
    for (const [id, segment] of this.dropped) {
      segment.rollback();
      this.segments.set(id, segment);
    }
    this.dropped.clear();
  }

  restore(section: Section): void {
    let segment = this.segments.get(section.segment);
    // A segment may be dropped and begun anew under its number: the later sections stand.
    if (segment === undefined || (section.from === 0 && segment.length > 0)) {
      this.spill.drop(section.segment);
      segment = new Segment(section.segment, this.spill, this.touched);
      this.segments.set(section.segment, segment);
    }
    segment.restore(section.from, section.bytes);
    // Summing over every segment at every section would make a restore quadratic.
    if (++this.restoredSections % 256 === 0) this.evictColdest();
  }

  get bytes(): number {
    return sum(this.segments.values(), (segment) => segment.bytes);
  }

  get residentBytes(): number {
    return sum(this.segments.values(), (segment) => segment.residentBytes);
  }

  get entries(): number {
    return sum(this.segments.values(), (segment) => segment.entries);
  }

  close(): void {
    // A segment whose drop is not yet committed still has its file.
    for (const id of [...this.segments.keys(), ...this.dropped.keys()]) this.spill.drop(id);
    this.segments.clear();
    this.dropped.clear();
    this.touched.clear();
    this.spill.close();
  }
}

function sum<T>(items: Iterable<T>, value: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}

/** Entries of one span of time, with a cursor: `at` moves it, the fields then tell the entry. */
export class Segment {
  readonly id: number;
  private readonly slab: Slab;
  private readonly index = new KeyIndex();
  /** Of the store: segments with something to commit. */
  private readonly touched: Set<Segment>;
  private isTouched = false;
  committedLength = 0;
  entries = 0;

  /** The chunk that holds the entry under the cursor. */
  chunk: Chunk = NO_CHUNK;
  /** Payload of the entry: `chunk.bytes.subarray(start, end)`. */
  start = 0;
  end = 0;
  tag = 0;
  /** The entry of the same key before this one, or -1. */
  previous = -1;
  high = 0;
  low = 0;

  constructor(id: number, spill: Spill, touched: Set<Segment>) {
    this.id = id;
    this.slab = new Slab(id, spill);
    this.touched = touched;
  }

  get length(): number {
    return this.slab.length;
  }

  get bytes(): number {
    return this.slab.bytes + this.index.bytes;
  }

  get residentBytes(): number {
    return this.slab.residentBytes + this.index.bytes;
  }

  /** What `evict` would take from memory. */
  get evictableBytes(): number {
    return this.slab.residentBytes;
  }

  get keys(): number {
    return this.index.size;
  }

  /** Position of the key's newest entry, or -1. */
  head(high: number, low: number): number {
    return this.index.get(high, low);
  }

  /** Visits the newest entry of every key, in no particular order. */
  forEachHead(visit: (position: number) => void): void {
    this.index.forEach(visit);
  }

  /** Appends an entry to the chain of its key; its position. */
  append(
    high: number,
    low: number,
    tag: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const length = end - start;
    if (length > ENTRY_BYTES_MAX) {
      throw new RangeError(`an entry of ${length} bytes is over the limit of ${ENTRY_BYTES_MAX}`);
    }
    if (!this.isTouched) this.touch();
    const position = this.slab.reserve(entryBytes(length));
    const { words, bytes: target } = this.slab.chunk(position);
    const at = position % CHUNK_BYTES;
    const word = at >> 2;
    words[word] = (length << 8) | tag;
    words[word + 1] = this.index.get(high, low);
    words[word + 2] = high;
    words[word + 3] = low;
    const payload = at + ENTRY_HEADER_BYTES;
    if (length > 48) target.set(bytes.subarray(start, end), payload);
    else for (let i = 0; i < length; i++) target[payload + i] = bytes[start + i]!;
    this.index.set(high, low, position);
    this.entries++;
    return position;
  }

  /** However the segment was come by: what is appended has to be committed, or rolled back. */
  private touch(): void {
    this.isTouched = true;
    this.touched.add(this);
  }

  /** Moves the cursor to the entry at a position. */
  at(position: number): void {
    const chunk = this.slab.chunk(position);
    const at = position % CHUNK_BYTES;
    const word = at >> 2;
    const head = chunk.words[word]!;
    this.chunk = chunk;
    this.tag = head & 0xff;
    this.start = at + ENTRY_HEADER_BYTES;
    this.end = this.start + (head >>> 8);
    this.previous = chunk.words[word + 1]!;
    this.high = chunk.words[word + 2]!;
    this.low = chunk.words[word + 3]!;
  }

  /** Visits every entry from a position on, in the order of appending. */
  forEachEntry(visit: (position: number) => void, from = 0): void {
    for (const range of this.slab.ranges(from, Number.POSITIVE_INFINITY)) {
      const end = range.from + range.bytes.length;
      for (let position = range.from; position < end; ) {
        this.at(position);
        const next = position + entryBytes(this.end - this.start);
        visit(position);
        position = next;
      }
    }
  }

  /** What was appended since the last commit. */
  appended(): Generator<{ from: number; bytes: Uint8Array }> {
    return this.slab.ranges(this.committedLength, Number.POSITIVE_INFINITY);
  }

  commit(): void {
    this.isTouched = false;
    this.committedLength = this.length;
  }

  rollback(): void {
    this.isTouched = false;
    if (this.length === this.committedLength) return;
    const undone: number[] = [];
    this.forEachEntry((position) => undone.push(position), this.committedLength);
    for (const position of undone.reverse()) {
      this.at(position);
      if (this.previous < 0) this.index.remove(this.high, this.low);
      else this.index.set(this.high, this.low, this.previous);
    }
    this.entries -= undone.length;
    this.slab.truncate(this.committedLength);
  }

  restore(from: number, bytes: Uint8Array): void {
    try {
      this.slab.restore(from, bytes);
    } catch (cause) {
      throw new TaskCorruptedError(`segment ${this.id}: sections do not follow on`, { cause });
    }
    this.forEachEntry((position) => {
      this.index.set(this.high, this.low, position);
      this.entries++;
    }, from);
    this.commit();
  }

  evict(): void {
    this.slab.evict();
  }

  /** The cursor lets go of the last chunk it was in, which may have left memory. */
  release(): void {
    this.chunk = NO_CHUNK;
  }
}
