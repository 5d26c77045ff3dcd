/** Bytes that are appended to and reused: `bytes` up to `length` is content, the rest is room. */
export class GrowableBytes {
  bytes = new Uint8Array(4096);
  /** Of the same memory; both change when it grows. */
  view = new DataView(this.bytes.buffer);
  length = 0;

  /** Makes sure that `more` bytes fit after `length`. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const longer = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    longer.set(this.bytes.subarray(0, this.length));
    this.bytes = longer;
    this.view = new DataView(longer.buffer);
  }

  clear(): void {
    this.length = 0;
  }
}
