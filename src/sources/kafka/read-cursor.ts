import { type RecordBatch, recordsBytes, type TopicPartition } from "../../record/record-batch.ts";
import { batchAt, offsetsOf } from "../stored-rows.ts";

/**
 * One position in a partition, and what has been fetched from there on. Several who read the same
 * partition have a cursor each: they are found by the offset which they ask for next.
 */
export class ReadCursor {
  readonly at: TopicPartition;
  /** The offset that is read next. */
  position: number;
  /** The offset that is fetched next. */
  fetchOffset: number;
  /** Bytes of rows which have been fetched and not read. */
  bytes = 0;
  /** Resolved when a fetch has been answered which will bring rows for this cursor. */
  arriving: Promise<void> | null = null;
  /** When it was served last, so that all of them are. */
  served = 0;
  readonly #batches: RecordBatch[] = [];
  /** Up to here records are final, as far as is known. */
  #stableEnd: number | null = null;
  /** What a fetch finds that began before this changed may be outdated. */
  #view = 0;

  constructor(at: TopicPartition, position: number) {
    this.at = at;
    this.position = position;
    this.fetchOffset = position;
  }

  get view(): number {
    return this.#view;
  }

  /** Whether there is nothing after `fetchOffset`, as far as is known. */
  get isAtEnd(): boolean {
    return this.#stableEnd !== null && this.fetchOffset >= this.#stableEnd;
  }

  /** Whether the broker has more, as far as is known. */
  get lags(): boolean {
    return this.#stableEnd !== null && this.fetchOffset < this.#stableEnd;
  }

  /** Something has been committed: only a new fetch can say where the end is. */
  invalidate(): void {
    this.#view++;
    this.#stableEnd = null;
  }

  /** Takes what a fetch has brought which began at `view`, unless another was faster. */
  accept(
    fromOffset: number,
    batches: readonly RecordBatch[],
    stableEnd: number,
    view: number,
  ): void {
    if (fromOffset !== this.fetchOffset) return;
    for (const batch of batches) {
      this.#batches.push(batch);
      this.bytes += recordsBytes(batch);
      this.fetchOffset = batch.nextOffset;
    }
    if (view === this.#view) this.#stableEnd = stableEnd;
  }

  /** The next rows, about `bytesMax` bytes of them; null when none have been fetched. */
  take(bytesMax: number): RecordBatch | null {
    const next = this.#batches[0];
    if (!next) return null;
    const batch = batchAt(next, next.firstOffset, this.position, bytesMax);
    if (batch.nextOffset < next.firstOffset + offsetsOf(next)) {
      this.position = batch.nextOffset;
      return batch;
    }
    this.#batches.shift();
    this.bytes -= recordsBytes(next);
    this.position = next.nextOffset;
    return { ...batch, nextOffset: next.nextOffset };
  }
}
