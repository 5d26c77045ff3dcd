import { type RecordBatch, RecordBatchStreamWriter } from "apache-arrow";
import { ByteScratch } from "./byte-scratch.ts";

/**
 * Writes Arrow IPC streams into one buffer that is kept and reused. The library's own
 * `toUint8Array` joins fresh chunks into a fresh array each time, which costs ten times the copy
 * itself in page faults and garbage: an eighth of the whole way to Parquet.
 */
export class IpcScratch {
  private readonly bytes = new ByteScratch();

  /** The batches as one stream; a view that holds until the next call. */
  encode(batches: readonly RecordBatch[]): Uint8Array {
    this.bytes.clear();
    new ScratchWriter(this.bytes).writeAll(batches);
    return this.bytes.written;
  }
}

class ScratchWriter extends RecordBatchStreamWriter {
  private readonly scratch: ByteScratch;

  constructor(scratch: ByteScratch) {
    super();
    this.scratch = scratch;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started) {
      this.scratch.append(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this._position += chunk.byteLength;
    }
    return this;
  }
}
