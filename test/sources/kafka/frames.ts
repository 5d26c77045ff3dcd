/** Cuts a stream of bytes into Kafka's frames: a length, then what it counts. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole now, their lengths included. */
  *of(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) return;
      yield this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
    }
  }
}
