import { GKG } from "./columns.ts";
import type { GrowableBytes } from "./growable-bytes.ts";
import { NameSorter } from "./name-sorter.ts";
import { NumberParser, PARSED } from "./parse-number.ts";
import type { TsvRows } from "./tsv-rows.ts";

/**
 * What Silver needs of a GKG row: half a kB of 12. Little-endian, end to end without padding:
 *
 *      0 uint8   1 when there is a tone             11 uint32 bytes of the themes
 *      1 float64 tone                               15 uint32 bytes of the persons
 *      9 uint16  bytes of the GKG record id         19 uint32 bytes of the organizations
 *     23 record id · themes · persons · organizations
 *
 * A list is its names one after the other, each as uint16 length and UTF-8 bytes: the distinct
 * names of the V2 field, without offsets, all of them, in byte order. Lists in order are counted
 * per name by merging them (`name-merge.ts`), without a hash table.
 */
const TONE = 1;
const RECORD_ID_BYTES = 9;
const LIST_BYTES = 11;
const HEADER_BYTES = 23;

export const THEMES = 0;
export const PERSONS = 1;
export const ORGANIZATIONS = 2;

/** Which of a context's lists. */
export type NameList = typeof THEMES | typeof PERSONS | typeof ORGANIZATIONS;

const LIST_COLUMNS = [GKG.V2Themes, GKG.V2Persons, GKG.V2Organizations] as const;

const COMMA = 44;

/** Below this a loop beats the call into native code. */
const LOOP_COPY_BYTES_MAX = 48;

/** Makes contexts; one is used for all documents. */
export class DocumentDistiller {
  private readonly sorter = new NameSorter();
  private readonly parser = new NumberParser();

  /** Appends the context of a row which `gkgProblem` has nothing against. */
  distil(rows: TsvRows, row: number, target: GrowableBytes): void {
    const start = target.length;
    const idStart = rows.fieldStart(row, GKG.GKGRECORDID);
    const idEnd = rows.fieldEnd(row, GKG.GKGRECORDID);
    target.reserve(HEADER_BYTES + idEnd - idStart);
    this.writeTone(rows, row, target, start);
    target.view.setUint16(start + RECORD_ID_BYTES, idEnd - idStart, true);
    target.length += HEADER_BYTES;
    append(target, rows.bytes, idStart, idEnd);
    for (let list = 0; list < LIST_COLUMNS.length; list++) {
      const bytes = this.writeList(rows, row, LIST_COLUMNS[list]!, target);
      target.view.setUint32(start + LIST_BYTES + list * 4, bytes, true);
    }
  }

  private writeTone(rows: TsvRows, row: number, target: GrowableBytes, at: number): void {
    const { bytes } = rows;
    const start = rows.fieldStart(row, GKG.V2Tone);
    const fieldEnd = rows.fieldEnd(row, GKG.V2Tone);
    let end = start;
    while (end < fieldEnd && bytes[end] !== COMMA) end++;
    const has = this.parser.float64(bytes, start, end) === PARSED;
    target.bytes[at] = has ? 1 : 0;
    target.view.setFloat64(at + TONE, has ? this.parser.value : 0, true);
  }

  private writeList(rows: TsvRows, row: number, column: number, target: GrowableBytes): number {
    const { sorter } = this;
    const { bytes } = rows;
    const fieldStart = rows.fieldStart(row, column);
    const fieldEnd = rows.fieldEnd(row, column);
    if (fieldStart >= fieldEnd) return 0;
    sorter.sort(bytes, fieldStart, fieldEnd);
    const begin = target.length;
    // A length takes the room of a block's comma and delimiter; a block may lack the comma, and
    // the last one its delimiter as well.
    target.reserve(fieldEnd - fieldStart + sorter.count + 1);
    for (let rank = 0; rank < sorter.count; rank++) {
      const start = sorter.start(rank);
      const end = sorter.end(rank);
      target.view.setUint16(target.length, end - start, true);
      target.length += 2;
      append(target, bytes, start, end);
    }
    return target.length - begin;
  }
}

/** Copies a range behind the target's content, for which there must be room. */
function append(target: GrowableBytes, from: Uint8Array, start: number, end: number): void {
  const { bytes, length } = target;
  if (end - start > LOOP_COPY_BYTES_MAX) bytes.set(from.subarray(start, end), length);
  else for (let i = start, to = length; i < end; i++, to++) bytes[to] = from[i]!;
  target.length = length + end - start;
}

/** A view of one context, as ranges of `bytes`; one reader is used for many. */
export class DocumentContextReader {
  bytes: Uint8Array = new Uint8Array(0);
  recordIdStart = 0;
  recordIdEnd = 0;
  hasTone = false;
  private readonly ends = new Int32Array(3);
  private readonly toneView = new DataView(new ArrayBuffer(8));

  read(bytes: Uint8Array, start: number): this {
    this.bytes = bytes;
    this.hasTone = bytes[start] === 1;
    // Copied rather than read through a view of `bytes`, which would be an object per context.
    for (let i = 0; i < 8; i++) this.toneView.setUint8(i, bytes[start + TONE + i]!);
    this.recordIdStart = start + HEADER_BYTES;
    this.recordIdEnd = this.recordIdStart + uint16(bytes, start + RECORD_ID_BYTES);
    let end = this.recordIdEnd;
    for (let list = 0; list < LIST_COLUMNS.length; list++) {
      const at = start + LIST_BYTES + list * 4;
      end += uint16(bytes, at) + uint16(bytes, at + 2) * 65_536;
      this.ends[list] = end;
    }
    return this;
  }

  /** Tone of the document; 0 unless `hasTone`. */
  get tone(): number {
    return this.toneView.getFloat64(0, true);
  }

  /** Where the entries of a list begin, for a `NameCursor` or a `NameMerge`. */
  listStart(list: NameList): number {
    return list === THEMES ? this.recordIdEnd : this.ends[list - 1]!;
  }

  listEnd(list: NameList): number {
    return this.ends[list]!;
  }

  /** Where the context ends. */
  get end(): number {
    return this.ends[ORGANIZATIONS]!;
  }
}

const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** Walks over the names of a list: `bytes[start..end)` is the current one. */
export class NameCursor {
  start = 0;
  end = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private listEnd = 0;

  open(bytes: Uint8Array, listStart: number, listEnd: number): this {
    this.bytes = bytes;
    this.end = listStart;
    this.listEnd = listEnd;
    return this;
  }

  /** Moves to the next name; false when there is none. */
  next(): boolean {
    if (this.end >= this.listEnd) return false;
    this.start = this.end + 2;
    this.end = this.start + uint16(this.bytes, this.end);
    return true;
  }
}
