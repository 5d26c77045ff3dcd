import { createInflateRaw } from "node:zlib";
import { STORED, UNPACKED_BYTES_MAX } from "./zip-file.ts";

/** Bytes inflated at a time, if the zip does not say before its content how large that is. */
const PIECE_BYTES = 1 << 20;
const PIECE_BYTES_MIN = 1 << 16;

/** The bytes after the local header, inflated beside the main thread unless they are stored. */
export class ZipContent {
  readonly method: number;
  readonly #inflate;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  #failure: unknown = null;
  #ended = false;

  /** `statedBytes` is not yet checked: it decides about room only, and room not used is not taken. */
  constructor(method: number, statedBytes: number) {
    this.method = method;
    const isStated = statedBytes > 0 && statedBytes <= UNPACKED_BYTES_MAX;
    // One byte more than there will be, or zlib takes room for as much again.
    const chunkSize = Math.max(PIECE_BYTES_MIN, isStated ? statedBytes + 1 : PIECE_BYTES);
    this.#inflate = createInflateRaw({ chunkSize });
    this.#inflate.on("data", (piece: Buffer) => this.#append(piece));
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
    if (this.method === STORED) return Buffer.concat(this.#pieces).subarray(0, compressedSize);
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
    return joined(this.#pieces, this.#length);
  }

  close(): void {
    this.#inflate.destroy();
  }

  #append(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length <= UNPACKED_BYTES_MAX) return;
    this.#failure ??= new Error(`it unpacks to more than ${UNPACKED_BYTES_MAX} bytes`);
    this.#inflate.destroy();
  }
}

/** Pieces that lie side by side in one chunk of zlib's need not be copied. */
function joined(pieces: readonly Buffer[], length: number): Buffer {
  const [first = Buffer.alloc(0), ...others] = pieces;
  let end = first.byteOffset + first.length;
  for (const piece of others) {
    if (piece.buffer !== first.buffer || piece.byteOffset !== end) return Buffer.concat(pieces);
    end += piece.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, length);
}
