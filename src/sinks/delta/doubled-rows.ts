import type { RecordBatch } from "apache-arrow";
import { KeyNumbers } from "./key-numbers.ts";

/** Finds rows of a file which are there already, in the same file or an earlier one. */
export class DoubledRows {
  private readonly columns: readonly string[];
  private readonly keys: KeyNumbers;
  /** Of each file, the number of its first new key. */
  private readonly firstKeys: number[] = [];
  private readonly files: string[] = [];
  private count = 0;
  private example = "";

  /** @param columns no two rows have the same values in all of these. */
  constructor(columns: readonly string[]) {
    this.columns = columns;
    this.keys = new KeyNumbers(columns);
  }

  begin(file: string): void {
    this.files.push(file);
    this.firstKeys.push(this.keys.size);
    this.count = 0;
  }

  add(batch: RecordBatch): void {
    this.keys.load(batch);
    for (let row = 0; row < batch.numRows; row++) {
      const known = this.keys.size;
      const key = this.keys.of(row);
      if (key === known || this.count++ > 0) continue;
      const values = this.columns.map((name) => `${name} ${batch.getChild(name)!.get(row)}`);
      const first = this.files[this.firstKeys.findLastIndex((from) => from <= key)]!;
      this.example = `${values.join(", ")} is in ${first} already`;
    }
  }

  /** What is wrong with the file that was begun last. */
  findings(): string[] {
    if (this.count === 0) return [];
    const rows = this.count === 1 ? "a row is" : `${this.count} rows are`;
    return [`file ${this.files.at(-1)}: ${rows} in the table twice, e.g. ${this.example}`];
  }
}
