import { type RecordBatch, recordsBytes, type TopicPartition } from "../../record/record-batch.ts";
import { batchAt, offsetsOf } from "../stored-rows.ts";
import { endOfBatches } from "./records/batch-header.ts";
import { decodeFetched } from "./records/decode-fetched.ts";
import type { FetchedPartition } from "./wire/fetch-request.ts";

/** What a broker has sent, to be decoded bit by bit. */
interface Fetched {
  readonly batches: AsyncGenerator<RecordBatch, void, undefined>;
  readonly bytes: number;
}

/** Decoded ahead: enough to be busy with until more is. */
const DECODED_BYTES = 1 << 20;

/**
 * One position in a partition, and what has been fetched from there on. Several who read the same
 * partition have a cursor each: they are found by the offset which they ask for next. What was
 * fetched stays compressed until it is nearly its turn.
 */
export class ReadCursor {
  readonly at: TopicPartition;
  /** The offset that is read next. */
  position: number;
  /** The offset that is fetched next. */
  fetchOffset: number;
  /** Bytes which have been fetched and not read, as they lie in memory. */
  bytes = 0;
  /** Resolved when a fetch has been answered which will bring rows for this cursor. */
  arriving: Promise<void> | null = null;
  /** When it was served last, so that all of them are. */
  served = 0;
  #fetched: Fetched[] = [];
  readonly #batches: RecordBatch[] = [];
  #decodedBytes = 0;
  #decoding: Promise<void> | null = null;
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

  /** Whether there is something that `decode` would bring. */
  get holdsMore(): boolean {
    return this.#fetched.length > 0;
  }

  /** Takes what a fetch has brought which began at `view`, unless another was faster. */
  accept({ at, fromOffset, bytes, aborted, stableEnd }: FetchedPartition, view: number): void {
    if (fromOffset !== this.fetchOffset) return;
    const end = endOfBatches(bytes) ?? fromOffset;
    if (end > fromOffset) {
      // A copy: the answer is of many partitions, and goes as a whole.
      const own = { at, fromOffset, bytes: new Uint8Array(bytes), aborted };
      this.#fetched.push({ batches: decodeFetched(own), bytes: bytes.length });
      this.bytes += bytes.length;
      this.fetchOffset = end;
    }
    if (view === this.#view) this.#stableEnd = stableEnd;
  }

  /**
   * Decodes what comes next, if it is not there yet.
   * @throws TaskCorruptedError, ConfigError for what cannot be read; it is forgotten then.
   */
  async decode(): Promise<void> {
    this.#decoding ??= this.#decode().finally(() => {
      this.#decoding = null;
    });
    await this.#decoding;
  }

  async #decode(): Promise<void> {
    try {
      while (this.#decodedBytes < DECODED_BYTES && this.#fetched.length > 0) {
        const { batches, bytes } = this.#fetched[0]!;
        const { value: batch } = await batches.next();
        if (batch) this.#hold(batch);
        else {
          this.#fetched.shift();
          this.bytes -= bytes;
        }
      }
    } catch (error) {
      this.#fetched = [];
      this.bytes = this.#decodedBytes;
      this.fetchOffset = this.#batches.at(-1)?.nextOffset ?? this.position;
      this.invalidate();
      throw error;
    }
  }

  #hold(batch: RecordBatch): void {
    const bytes = recordsBytes(batch);
    this.#batches.push(batch);
    this.#decodedBytes += bytes;
    this.bytes += bytes;
  }

  /** The next rows, about `bytesMax` bytes of them; null when none have been decoded. */
  take(bytesMax: number): RecordBatch | null {
    const next = this.#batches[0];
    if (!next) return null;
    const batch = batchAt(next, next.firstOffset, this.position, bytesMax);
    if (batch.nextOffset < next.firstOffset + offsetsOf(next)) {
      this.position = batch.nextOffset;
      return batch;
    }
    this.#batches.shift();
    const bytes = recordsBytes(next);
    this.#decodedBytes -= bytes;
    this.bytes -= bytes;
    this.position = next.nextOffset;
    return { ...batch, nextOffset: next.nextOffset };
  }
}
