const MINIMUM_BYTES = 65_536;

/** Values as Postgres' wire has them: numbers with the most significant byte first. */
export class BinaryWriter {
  length = 0;
  private bytes = new Uint8Array(MINIMUM_BYTES);
  private view = new DataView(this.bytes.buffer);

  clear(): void {
    this.length = 0;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
  }

  /** Eight bytes: the high word is signed, of the low one the bits count. */
  int64(high: number, low: number): void {
    this.reserve(8);
    this.view.setInt32(this.length, high);
    this.view.setInt32(this.length + 4, low);
    this.length += 8;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value);
    this.length += 8;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { bytes, length: at } = this;
    // Below about 48 bytes a loop beats the call into native code.
    if (length > 48) bytes.set(source.subarray(start, end), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[start + i]!;
    this.length += length;
  }

  /** Leaves room for the length of what follows; goes to `close`. */
  open(): number {
    this.int32(0);
    return this.length;
  }

  close(start: number): void {
    this.view.setInt32(start - 4, this.length - start);
  }

  /** Writes over what is there. */
  setInt32(at: number, value: number): void {
    this.view.setInt32(at, value);
  }

  /** A copy of what has been written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private reserve(length: number): void {
    const needed = this.length + length;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
