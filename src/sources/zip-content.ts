import { createInflateRaw } from "node:zlib";
import { STORED, UNPACKED_BYTES_MAX } from "./zip-file.ts";

/** Room for the content, if the zip does not say before it how large it is. */
const ROOM_BYTES = 1 << 20;
/** The default of 16 kB crosses between the threads hundreds of times for one file. */
const INFLATED_CHUNK_BYTES = 1 << 18;

/** The bytes after the local header, inflated beside the main thread unless they are stored. */
export class ZipContent {
  readonly method: number;
  readonly #inflate = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  #bytes: Buffer;
  #length = 0;
  #failure: unknown = null;
  #ended = false;

  constructor(method: number, statedBytes: number) {
    this.method = method;
    // Stated before it is checked; but memory that is not written to is not taken.
    const isStated = statedBytes > 0 && statedBytes <= UNPACKED_BYTES_MAX;
    this.#bytes = Buffer.allocUnsafeSlow(isStated ? statedBytes : ROOM_BYTES);
    this.#inflate.on("data", (chunk: Buffer) => this.#append(chunk));
    this.#inflate.on("error", (error) => {
      this.#failure ??= error;
    });
    this.#inflate.on("end", () => {
      this.#ended = true;
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.method === STORED) return this.#append(chunk);
    // After its content comes the directory, which is not inflated.
    if (this.#ended || this.#inflate.destroyed) return;
    await new Promise<void>((resolve) => {
      // When it fails, Node calls no write back.
      this.#inflate.once("close", resolve);
      this.#inflate.write(chunk, () => {
        this.#inflate.off("close", resolve);
        resolve();
      });
    });
  }

  /** The content, if it came from so many bytes; what else is wrong with it `failed` makes of it. */
  async finish(compressedSize: number, failed: (cause: unknown) => Error): Promise<Buffer> {
    if (this.method === STORED) {
      return this.#bytes.subarray(0, Math.min(compressedSize, this.#length));
    }
    if (!this.#ended && !this.#inflate.destroyed) {
      const over = Promise.withResolvers<void>();
      this.#inflate.once("close", over.resolve);
      this.#inflate.end();
      await over.promise;
    }
    const consumed = this.#inflate.bytesWritten;
    if (this.#failure === null && consumed > compressedSize) {
      this.#failure = new Error(`it takes ${consumed} bytes instead of ${compressedSize}`);
    }
    if (this.#failure !== null) throw failed(this.#failure);
    return this.#bytes.subarray(0, this.#length);
  }

  close(): void {
    this.#inflate.destroy();
  }

  #append(chunk: Buffer): void {
    const needed = this.#length + chunk.length;
    if (needed > UNPACKED_BYTES_MAX) {
      this.#failure ??= new Error(`it unpacks to more than ${UNPACKED_BYTES_MAX} bytes`);
      this.#inflate.destroy();
      return;
    }
    if (needed > this.#bytes.length) {
      const longer = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(longer, 0, 0, this.#length);
      this.#bytes = longer;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = needed;
  }
}
