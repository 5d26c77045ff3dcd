/** One request of Kafka's protocol, in one version, and how its answer is read. */
export interface Request<Answer> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** Newer versions have lists and strings of another form, and heads with a list of tags. */
  readonly isFlexible: boolean;
  /** Written one after another, without a copy. */
  readonly body: readonly Uint8Array[];
  /** How long the broker may hold the answer back on purpose. */
  readonly waitMs: number;
  /** @throws ProtocolError for what the broker refuses as a whole. */
  readonly read: (answer: WireReader) => Answer;
}

/** What a broker refuses, by the number of Kafka's table of errors. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: number;

  constructor(code: number, what: string) {
    super(`Kafka refuses ${what} with error ${code}`);
    this.code = code;
  }
}

/** We have closed the connection ourselves, and what was asked is not answered any more. */
export class ConnectionClosedError extends Error {
  override readonly name = "ConnectionClosedError";
}

/** @throws ProtocolError unless `code` is that of success. */
export function checkCode(code: number, what: string): void {
  if (code !== 0) throw new ProtocolError(code, what);
}

/** Writes the numbers and strings of the protocol, all of them big-endian. */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(256);
  #at = 0;

  #need(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#at * 2);
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }

  int8(value: number): this {
    const at = this.#need(1);
    this.#buffer.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#need(2);
    this.#buffer.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#need(4);
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  int64(value: number): this {
    const at = this.#need(8);
    this.#buffer.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  string(text: string | null): this {
    if (text === null) return this.int16(-1);
    const bytes = Buffer.byteLength(text);
    this.int16(bytes);
    const at = this.#need(bytes);
    this.#buffer.write(text, at);
    return this;
  }

  blob(content: Uint8Array): this {
    this.int32(content.length);
    const at = this.#need(content.length);
    this.#buffer.set(content, at);
    return this;
  }

  /** In flexible versions: the length plus one, of variable size. */
  compactString(text: string | null): this {
    if (text === null) return this.compactLength(-1);
    const bytes = Buffer.byteLength(text);
    this.compactLength(bytes);
    const at = this.#need(bytes);
    this.#buffer.write(text, at);
    return this;
  }

  compactLength(length: number): this {
    let rest = length + 1;
    for (; rest >= 0x80; rest >>>= 7) this.int8(((rest & 0x7f) | 0x80) - 0x100);
    return this.int8(rest);
  }

  list<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length);
    for (const item of items) write(item);
    return this;
  }

  compactList<T>(items: readonly T[], write: (item: T) => void): this {
    this.compactLength(items.length);
    for (const item of items) write(item);
    return this;
  }

  noTags(): this {
    return this.int8(0);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }
}

/** Reads the numbers and strings of an answer, one after another. */
export class WireReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int8(): number {
    this.#at += 1;
    return this.#buffer.readInt8(this.#at - 1);
  }

  int16(): number {
    this.#at += 2;
    return this.#buffer.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#buffer.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return Number(this.#buffer.readBigInt64BE(this.#at - 8));
  }

  string(): string {
    const length = Math.max(0, this.int16());
    this.#at += length;
    return this.#buffer.toString("utf8", this.#at - length, this.#at);
  }

  /** A plain array over the same bytes; empty where there are none. */
  blob(): Uint8Array {
    const length = Math.max(0, this.int32());
    this.#at += length;
    const { buffer, byteOffset } = this.#buffer;
    return new Uint8Array(buffer, byteOffset + this.#at - length, length);
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }

  compactLength(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#buffer.readUInt8(this.#at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value - 1;
    }
  }

  compactString(): string {
    const length = Math.max(0, this.compactLength());
    this.#at += length;
    return this.#buffer.toString("utf8", this.#at - length, this.#at);
  }

  compactList<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.compactLength()) }, read);
  }

  /** What a newer broker adds, and we do not know. */
  skipTags(): void {
    for (let tags = this.compactLength() + 1; tags > 0; tags--) {
      this.compactLength(); // Which one.
      const bytes = this.compactLength() + 1;
      this.#at += bytes;
    }
  }
}
