import type { RecordBatch } from "apache-arrow";
import { KeyNumbers } from "./key-numbers.ts";

/**
 * The newest row of each key, over any number of batches. Rows are numbers in the order of `add`:
 * beside the key, twelve bytes each for the newest row and its rank.
 */
export class NewestRows {
  private readonly keys: KeyNumbers;
  private readonly rankColumns: readonly [string, string];
  private rows = 0;
  /** Per key: its newest row so far, and the rank of that. */
  private newest = new Int32Array(3 * 1024);

  /** @param rankColumns two int32 columns; the greater pair is newer. */
  constructor(keyColumns: readonly string[], rankColumns: readonly [string, string]) {
    this.keys = new KeyNumbers(keyColumns);
    this.rankColumns = rankColumns;
  }

  add(batch: RecordBatch): void {
    const [majors, minors] = this.rankColumns.map(
      (name) => batch.getChild(name)!.data[0]!.values as Int32Array,
    ) as [Int32Array, Int32Array];
    this.keys.load(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const known = this.keys.size;
      const key = this.keys.of(row);
      this.offer(key, key === known, majors[row]!, minors[row]!);
      this.rows++;
    }
  }

  /** Rows added so far. */
  get length(): number {
    return this.rows;
  }

  /** One flag per row added: 1 for the newest of its key; of equally new rows, the first. */
  flags(): Uint8Array {
    const flags = new Uint8Array(this.rows);
    for (let key = 0; key < this.keys.size; key++) flags[this.newest[key * 3]!] = 1;
    return flags;
  }

  private offer(key: number, isFirst: boolean, major: number, minor: number): void {
    const at = key * 3;
    if (at === this.newest.length) {
      const newest = new Int32Array(this.newest.length * 2);
      newest.set(this.newest);
      this.newest = newest;
    }
    const { newest } = this;
    const isNewer =
      isFirst || major > newest[at + 1]! || (major === newest[at + 1]! && minor > newest[at + 2]!);
    if (!isNewer) return;
    newest[at] = this.rows;
    newest[at + 1] = major;
    newest[at + 2] = minor;
  }
}
