import { compareRanges } from "./byte-order.ts";

/** Names which an event keeps of each kind. */
export const NAMES_MAX = 64;

/** Takes names one by one; a `TextListColumn` does. */
export interface NameTarget {
  item(bytes: Uint8Array, start: number, end: number): void;
}

/**
 * Counts names over documents: adds one list per document (`document-context.ts`: distinct names in
 * byte order) and gives the most frequent ones.
 *
 * A k-way merge meets equal names together and all names in byte order, so it needs no table of
 * them, and among equally frequent names the earlier met is the earlier in order. The heap holds
 * the lists by their next name. Tables grow to the largest event and stay: no allocation.
 */
export class NameMerge {
  private lists: (Uint8Array | null)[] = [];
  private count = 0;
  /** Per list: its current name, and where it ends. */
  private starts = new Int32Array(64);
  private ends = new Int32Array(64);
  private listEnds = new Int32Array(64);
  private heap = new Int32Array(64);
  private heapSize = 0;

  /** The best so far, by rank: in which list, where, in how many documents. */
  private ranked = 0;
  private readonly topList = new Int32Array(NAMES_MAX);
  private readonly topStart = new Int32Array(NAMES_MAX);
  private readonly topEnd = new Int32Array(NAMES_MAX);
  private readonly topDocuments = new Int32Array(NAMES_MAX);

  /** Adds the list of one more document. The bytes have to stay as they are until `writeTop`. */
  add(bytes: Uint8Array, listStart: number, listEnd: number): void {
    if (listStart >= listEnd) return;
    if (this.count === this.starts.length) this.grow();
    this.lists[this.count] = bytes;
    this.ends[this.count] = listStart;
    this.listEnds[this.count] = listEnd;
    this.count++;
  }

  /**
   * Writes the names found in most documents, at most `NAMES_MAX`, by number of documents
   * descending, then in byte order. Returns how many, and is empty again afterwards.
   */
  writeTop(target: NameTarget): number {
    const names = this.count === 1 ? this.copyOnly(target) : this.mergeAll(target);
    // The slabs which the lists lie in must not live as long as this object.
    for (let i = 0; i < this.count; i++) this.lists[i] = null;
    this.count = 0;
    return names;
  }

  private copyOnly(target: NameTarget): number {
    let names = 0;
    for (; names < NAMES_MAX && this.advance(0); names++) {
      target.item(this.lists[0]!, this.starts[0]!, this.ends[0]!);
    }
    return names;
  }

  private mergeAll(target: NameTarget): number {
    this.ranked = 0;
    this.heapSize = this.count;
    for (let list = 0; list < this.count; list++) {
      this.advance(list);
      this.heap[list] = list;
    }
    for (let at = (this.heapSize >> 1) - 1; at >= 0; at--) this.sink(at);
    while (this.heapSize > 0) this.takeName();
    for (let rank = 0; rank < this.ranked; rank++) {
      target.item(this.lists[this.topList[rank]!]!, this.topStart[rank]!, this.topEnd[rank]!);
    }
    return this.ranked;
  }

  /** Takes the least name out of all lists which begin with it, and ranks it. */
  private takeName(): void {
    const list = this.heap[0]!;
    const bytes = this.lists[list]!;
    const start = this.starts[list]!;
    const end = this.ends[list]!;
    let documents = 0;
    do {
      documents++;
      if (!this.advance(this.heap[0]!)) this.heap[0] = this.heap[--this.heapSize]!;
      this.sink(0);
    } while (this.heapSize > 0 && this.startsWith(this.heap[0]!, bytes, start, end));
    this.rank(list, start, end, documents);
  }

  /** Moves a list to its next name; false when it has none. */
  private advance(list: number): boolean {
    const at = this.ends[list]!;
    if (at >= this.listEnds[list]!) return false;
    const bytes = this.lists[list]!;
    this.starts[list] = at + 2;
    this.ends[list] = at + 2 + (bytes[at]! | (bytes[at + 1]! << 8));
    return true;
  }

  private startsWith(list: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[list]!;
    const to = this.ends[list]!;
    if (to - from !== end - start) return false;
    return compareRanges(this.lists[list]!, from, to, bytes, start, end) === 0;
  }

  private isLess(a: number, b: number): boolean {
    const { starts, ends } = this;
    const first = this.lists[a]!;
    const second = this.lists[b]!;
    return compareRanges(first, starts[a]!, ends[a]!, second, starts[b]!, ends[b]!) < 0;
  }

  private sink(from: number): void {
    const { heap, heapSize } = this;
    const list = heap[from]!;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heapSize) break;
      if (child + 1 < heapSize && this.isLess(heap[child + 1]!, heap[child]!)) child++;
      if (!this.isLess(heap[child]!, list)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = list;
  }

  private rank(list: number, start: number, end: number, documents: number): void {
    const { topList, topStart, topEnd, topDocuments } = this;
    const full = this.ranked === NAMES_MAX;
    if (full && documents <= topDocuments[NAMES_MAX - 1]!) return;
    let at = full ? NAMES_MAX - 1 : this.ranked++;
    for (; at > 0 && topDocuments[at - 1]! < documents; at--) {
      topList[at] = topList[at - 1]!;
      topStart[at] = topStart[at - 1]!;
      topEnd[at] = topEnd[at - 1]!;
      topDocuments[at] = topDocuments[at - 1]!;
    }
    topList[at] = list;
    topStart[at] = start;
    topEnd[at] = end;
    topDocuments[at] = documents;
  }

  private grow(): void {
    const length = this.starts.length * 2;
    for (const table of ["starts", "ends", "listEnds", "heap"] as const) {
      const longer = new Int32Array(length);
      longer.set(this[table]);
      this[table] = longer;
    }
  }
}
