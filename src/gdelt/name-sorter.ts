import { compareRanges } from "./byte-order.ts";

const COMMA = 44;
const SEMICOLON = 59;

/** Runs of so many names are sorted by insertion before they are merged. */
const RUN = 8;

/**
 * The distinct names of a field `Name,offset;Name,offset;`, in byte order, as ranges of its bytes.
 * No strings, no allocation once its tables have grown to the longest list.
 *
 * GDELT lists most repetitions of a name side by side (measured: 40 theme entries make 20 runs of
 * 20 names), so these are dropped while reading and only the rest is sorted. A merge sort, because
 * a field of any length may come.
 */
export class NameSorter {
  /** Distinct names. */
  count = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private starts = new Int32Array(256);
  private ends = new Int32Array(256);
  /** First four bytes of each name, so that most comparisons are one of integers. */
  private prefixes = new Int32Array(256);
  private order = new Int32Array(256);
  private merged = new Int32Array(256);

  /** Start of the name at a rank. */
  start(rank: number): number {
    return this.starts[this.order[rank]!]!;
  }

  end(rank: number): number {
    return this.ends[this.order[rank]!]!;
  }

  sort(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    const found = this.read(bytes, start, end);
    this.sortRuns(found);
    for (let width = RUN; width < found; width *= 2) this.mergeRuns(found, width);
    this.dropEqual(found);
  }

  /** Finds the names; the last comma of a block divides, since a name may hold others. */
  private read(bytes: Uint8Array, start: number, end: number): number {
    let found = 0;
    let from = start;
    let comma = -1;
    for (let at = start; at <= end; at++) {
      const byte = at < end ? bytes[at]! : SEMICOLON;
      if (byte === COMMA) comma = at;
      else if (byte === SEMICOLON) {
        const nameEnd = comma < 0 ? at : comma;
        if (nameEnd > from && !this.isLast(found, from, nameEnd)) this.take(found++, from, nameEnd);
        from = at + 1;
        comma = -1;
      }
    }
    return found;
  }

  private isLast(found: number, start: number, end: number): boolean {
    if (found === 0) return false;
    const { bytes } = this;
    const lastStart = this.starts[found - 1]!;
    const length = end - start;
    if (this.ends[found - 1]! - lastStart !== length) return false;
    // From the back: names of one family differ there.
    let i = length - 1;
    while (i >= 0 && bytes[start + i] === bytes[lastStart + i]) i--;
    return i < 0;
  }

  private take(index: number, start: number, end: number): void {
    if (index === this.starts.length) this.grow();
    const { bytes } = this;
    this.starts[index] = start;
    this.ends[index] = end;
    this.order[index] = index;
    let prefix = 0;
    for (let i = 0; i < 4; i++) prefix = (prefix << 8) | (start + i < end ? bytes[start + i]! : 0);
    // The sign bit flipped makes the signed order that of unsigned bytes.
    this.prefixes[index] = prefix ^ 0x8000_0000;
  }

  private grow(): void {
    const length = this.starts.length * 2;
    for (const table of ["starts", "ends", "prefixes", "order", "merged"] as const) {
      const longer = new Int32Array(length);
      longer.set(this[table]);
      this[table] = longer;
    }
  }

  private compare(a: number, b: number): number {
    const first = this.prefixes[a]!;
    const second = this.prefixes[b]!;
    if (first !== second) return first < second ? -1 : 1;
    const { bytes, starts, ends } = this;
    return compareRanges(bytes, starts[a]!, ends[a]!, bytes, starts[b]!, ends[b]!);
  }

  private sortRuns(found: number): void {
    const { order } = this;
    for (let from = 0; from < found; from += RUN) {
      const to = Math.min(from + RUN, found);
      for (let i = from + 1; i < to; i++) {
        const name = order[i]!;
        let at = i - 1;
        for (; at >= from && this.compare(order[at]!, name) > 0; at--) order[at + 1] = order[at]!;
        order[at + 1] = name;
      }
    }
  }

  private mergeRuns(found: number, width: number): void {
    const { order, merged } = this;
    for (let from = 0; from < found; from += width * 2) {
      const middle = Math.min(from + width, found);
      const to = Math.min(middle + width, found);
      let left = from;
      let right = middle;
      for (let at = from; at < to; at++) {
        const takeLeft =
          right >= to || (left < middle && this.compare(order[left]!, order[right]!) <= 0);
        merged[at] = takeLeft ? order[left++]! : order[right++]!;
      }
    }
    this.order = merged;
    this.merged = order;
  }

  private dropEqual(found: number): void {
    const { order } = this;
    let kept = 0;
    for (let i = 0; i < found; i++) {
      if (kept > 0 && this.compare(order[kept - 1]!, order[i]!) === 0) continue;
      order[kept++] = order[i]!;
    }
    this.count = kept;
  }
}
