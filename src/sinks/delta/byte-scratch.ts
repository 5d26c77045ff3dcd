/** Bytes that come in pieces, in one buffer that is kept and reused. */
export class ByteScratch {
  private bytes = new Uint8Array(1 << 16);
  private length = 0;

  clear(): void {
    this.length = 0;
  }

  append(piece: Uint8Array): void {
    const end = this.length + piece.byteLength;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.written);
      this.bytes = grown;
    }
    this.bytes.set(piece, this.length);
    this.length = end;
  }

  /** What has been appended: a view that holds until the next `clear`. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
