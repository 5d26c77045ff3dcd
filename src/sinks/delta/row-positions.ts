import type { RecordBatch } from "apache-arrow";
import type { Transaction } from "./actions.ts";
import { progressOf } from "./sink-progress.ts";

/** The furthest offset of each partition of a topic, of which rows are in a table. */
export class RowPositions {
  private readonly partitionColumn: string;
  private readonly offsetColumn: string;
  private readonly last = new Map<number, bigint>();

  constructor([partition, offset]: readonly [partition: string, offset: string]) {
    this.partitionColumn = partition;
    this.offsetColumn = offset;
  }

  add(batch: RecordBatch): void {
    const partitions = batch.getChild(this.partitionColumn)!;
    const offsets = batch.getChild(this.offsetColumn)!;
    for (let row = 0; row < batch.numRows; row++) {
      const partition = partitions.get(row) as number | null;
      const offset = offsets.get(row) as bigint | null;
      if (partition === null || offset === null) continue;
      if (offset > (this.last.get(partition) ?? -1n)) this.last.set(partition, offset);
    }
  }

  /** Rows that a position does not cover would be written again. */
  findings(transactions: ReadonlyMap<string, Transaction>): string[] {
    const next = new Map<number, number>();
    for (const { partition, position } of progressOf(transactions)) {
      if (position > (next.get(partition) ?? -1)) next.set(partition, position);
    }
    return [...this.last].flatMap(([partition, offset]) => {
      const position = next.get(partition);
      if (position !== undefined && offset < position) return [];
      const at = position === undefined ? "there is no position" : `the position is ${position}`;
      return [`there is a row of offset ${offset} of partition ${partition}, but ${at}`];
    });
  }
}
