import { TaskCorruptedError } from "../record/errors.ts";
import { partitionName, type RecordBatch as Records } from "../record/record-batch.ts";

/** What goes into a table at one commit. */
export interface Taken<T> {
  readonly items: readonly T[];
  /** The position before it; null: the table has seen nothing yet. */
  readonly from: number | null;
  /** The position after it. */
  readonly to: number;
}

/**
 * What one partition has brought since a table's last commit. What the table has already is left
 * out, whole batches and parts of one.
 */
export class PartitionBuffer<T> {
  private readonly decode: (records: Records, first: number) => readonly T[];
  private committed: number | null = null;
  private next: number | null = null;
  private items: T[] = [];
  private size = 0;

  /** @param decode makes what the table takes of the records from row `first` on. */
  constructor(decode: (records: Records, first: number) => readonly T[]) {
    this.decode = decode;
  }

  /** Empty, at the position the table tells; null: it has seen nothing yet. */
  reset(position: number | null): void {
    this.committed = position;
    this.next = position;
    this.items = [];
    this.size = 0;
  }

  /** Bytes of the records taken since the last `take`. */
  get bytes(): number {
    return this.size;
  }

  /**
   * What the table takes of the records.
   * @throws TaskCorruptedError when offsets were skipped: the rows in between would be missing.
   * @throws RecordError and ConfigError as the decoder does; then nothing of the batch is taken.
   */
  add(records: Records): readonly T[] {
    const from = this.next ?? records.firstOffset;
    if (records.nextOffset <= from) return [];
    if (records.firstOffset > from) {
      throw new TaskCorruptedError(
        `${partitionName(records)}: the batch begins at offset ${records.firstOffset}, the table is ` +
          `at ${from}; read on from where open() says`,
      );
    }
    const first = from - records.firstOffset;
    const taken = this.decode(records, first);
    for (const item of taken) this.items.push(item);
    for (let i = first; i < records.length; i++) this.size += records.ends[i]! - records.starts[i]!;
    this.next = records.nextOffset;
    return taken;
  }

  /** What has gathered, or null; what comes from now on is the next commit's. */
  take(): Taken<T> | null {
    const { items, committed: from, next: to } = this;
    if (to === null || to === from) return null;
    this.items = [];
    this.size = 0;
    this.committed = to;
    return { items, from, to };
  }
}
