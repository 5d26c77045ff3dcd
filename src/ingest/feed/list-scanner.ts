import { stampOf } from "../../gdelt/feeds.ts";
import { type ListedFile, parseListLine } from "./listed-file.ts";

const NEWLINE = 10;
const SLASH = 47;
const ZERO = 48;
const STAMP_DIGITS = 14;
/** A line is about 110 bytes; what is longer is none. */
const LINE_BYTES_MAX = 4096;
/** Lines are nearly in time order: some of them together tell where a part of the list begins. */
const FIRST_LINES = 64;

export interface ListRange {
  /** Slices from here on, up to here. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Finds the lines of a range of slices in a list of more than a million, as the list comes. The
 * stamps are compared as bytes; only lines in the range become strings, and nothing is kept.
 */
export class ListScanner {
  readonly #from: number;
  readonly #to: number;
  readonly #take: (file: ListedFile) => void;
  /** The beginning of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #skips: boolean;
  #lines = 0;
  #badLines = 0;
  #newestOfFirst = 0;
  #nextMs: number | null = null;
  #next = Number.POSITIVE_INFINITY;

  /** `skipsFirst`: the list comes from somewhere in a line. */
  constructor(range: ListRange, skipsFirst: boolean, take: (file: ListedFile) => void) {
    this.#from = stampNumber(range.fromMs);
    this.#to = stampNumber(range.toMs);
    this.#skips = skipsFirst;
    this.#take = take;
  }

  /** Lines in the range, or without a stamp, that name no file of a slice. */
  get badLines(): number {
    return this.#badLines;
  }

  /** The first slice after the range; null when there is none. */
  get nextMs(): number | null {
    return this.#nextMs;
  }

  /** Whether enough lines have been seen to know whether the list begins before the range. */
  get hasBegun(): boolean {
    return this.#lines >= FIRST_LINES;
  }

  get beginsBeforeRange(): boolean {
    return this.#newestOfFirst < this.#from;
  }

  write(chunk: Buffer): void {
    let at = 0;
    if (this.#rest.length > 0) {
      const newline = chunk.indexOf(NEWLINE);
      const end = newline === -1 ? chunk.length : newline;
      if (this.#rest.length + end <= LINE_BYTES_MAX) {
        this.#rest = Buffer.concat([this.#rest, chunk.subarray(0, end)]);
      } else {
        this.#skips = true;
        this.#rest = Buffer.from(" ");
      }
      if (newline === -1) return;
      this.#line(this.#rest, 0, this.#rest.length);
      at = newline + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, at); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      this.#line(chunk, at, end);
      at = end + 1;
    }
    // A copy: the chunk may be a part of something much larger.
    this.#rest = Buffer.from(chunk.subarray(at));
  }

  /** The last line may lack its newline. */
  end(): void {
    if (this.#rest.length > 0) this.#line(this.#rest, 0, this.#rest.length);
    this.#rest = Buffer.alloc(0);
  }

  #line(bytes: Buffer, start: number, end: number): void {
    if (this.#skips) {
      this.#skips = false;
      return;
    }
    const stamp = stampIn(bytes, start, end);
    if (stamp === 0) {
      if (end > start) this.#badLines++;
      return;
    }
    if (this.#lines++ < FIRST_LINES) this.#newestOfFirst = Math.max(this.#newestOfFirst, stamp);
    if (stamp < this.#from || (stamp > this.#to && stamp >= this.#next)) return;
    const file = parseListLine(bytes.toString("latin1", start, end));
    if (stamp <= this.#to) {
      if (file) this.#take(file);
      else this.#badLines++;
    } else if (file) {
      this.#next = stamp;
      this.#nextMs = file.sliceMs;
    }
  }
}

const stampNumber = (ms: number): number => Number(stampOf(ms));

/** The number that a file's name begins with, the part of the line after the last `/`; 0: none. */
function stampIn(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] !== SLASH) at--;
  if (at === start || end - at < STAMP_DIGITS) return 0;
  let stamp = 0;
  for (const last = at + STAMP_DIGITS; at < last; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return 0;
    stamp = stamp * 10 + digit;
  }
  return stamp;
}
