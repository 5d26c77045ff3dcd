import type { Section, SegmentLength, Store } from "./store.ts";

export interface KeyValueStoreSpec {
  readonly kind: "key-value";
  readonly name: string;
}

/** In a section: key length, value length or this for "deleted", then key and value. */
const DELETED = 0xffffffff;
const HEADER_BYTES = 8;

/**
 * The newest value of each key, for tables and running aggregates. It is kept in memory whole; a
 * checkpoint holds every change since the last one, and is written anew (a fresh segment number)
 * when changes outweigh the table, so that neither it nor a restore grows without bound.
 */
export class KeyValueStore implements Store {
  readonly name: string;
  private readonly values = new Map<string, Uint8Array>();
  /** Value at the last commit of every key changed since; undefined: there was none. */
  private readonly before = new Map<string, Uint8Array | undefined>();
  private segment = 0;
  private length = 0;
  private cutSegment = 0;
  private cutLength = 0;
  bytes = 0;

  constructor(spec: KeyValueStoreSpec) {
    this.name = spec.name;
  }

  get(key: string): Uint8Array | undefined {
    return this.values.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.change(key, value);
  }

  delete(key: string): void {
    if (this.values.has(key)) this.change(key, undefined);
  }

  entriesOf(): IterableIterator<[string, Uint8Array]> {
    return this.values.entries();
  }

  private change(key: string, value: Uint8Array | undefined): void {
    const old = this.values.get(key);
    if (!this.before.has(key)) this.before.set(key, old);
    this.set(key, value, old);
  }

  private set(key: string, value: Uint8Array | undefined, old = this.values.get(key)): void {
    if (old !== undefined) this.bytes -= HEADER_BYTES + key.length + old.length;
    if (value === undefined) this.values.delete(key);
    else {
      this.bytes += HEADER_BYTES + key.length + value.length;
      this.values.set(key, value);
    }
  }

  cut(): Section[] {
    this.cutSegment = this.segment;
    this.cutLength = this.length;
    if (this.before.size === 0) return [];
    const rewrite = this.length > 65_536 && this.length > 3 * this.bytes;
    const keys = rewrite ? this.values.keys() : this.before.keys();
    const bytes = this.encode([...keys]);
    if (rewrite) this.cutSegment = this.segment + 1;
    const from = rewrite ? 0 : this.length;
    this.cutLength = from + bytes.length;
    return [{ store: this.name, segment: this.cutSegment, from, bytes }];
  }

  private encode(keys: string[]): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const key of keys) {
      const value = this.values.get(key);
      const name = Buffer.from(key, "utf8");
      const head = Buffer.allocUnsafe(HEADER_BYTES);
      head.writeUInt32LE(name.length, 0);
      head.writeUInt32LE(value?.length ?? DELETED, 4);
      parts.push(head, name, value ?? new Uint8Array(0));
    }
    return Buffer.concat(parts);
  }

  live(): SegmentLength[] {
    // A table written anew when it was empty is live too: without its number, which it would not
    // have after a restore, it would begin again as segment 0, whose old sections are still there.
    if (this.cutLength === 0 && this.cutSegment === 0) return [];
    return [{ segment: this.cutSegment, length: this.cutLength }];
  }

  committed(): void {
    this.segment = this.cutSegment;
    this.length = this.cutLength;
    this.before.clear();
  }

  rollback(): void {
    for (const [key, value] of this.before) this.set(key, value);
    this.before.clear();
    this.cutSegment = this.segment;
    this.cutLength = this.length;
  }

  restore({ segment, from, bytes }: Section): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < buffer.length; ) {
      const keyStart = at + HEADER_BYTES;
      const keyEnd = keyStart + buffer.readUInt32LE(at);
      const valueBytes = buffer.readUInt32LE(at + 4);
      const key = buffer.toString("utf8", keyStart, keyEnd);
      const valueEnd = keyEnd + (valueBytes === DELETED ? 0 : valueBytes);
      // A copy: a view, which `slice` of a Buffer is, would keep the whole block in memory.
      const value =
        valueBytes === DELETED ? undefined : new Uint8Array(buffer.subarray(keyEnd, valueEnd));
      this.set(key, value);
      at = valueEnd;
    }
    this.segment = segment;
    this.length = from + bytes.length;
    this.cutSegment = segment;
    this.cutLength = this.length;
  }

  get residentBytes(): number {
    return this.bytes;
  }

  get entries(): number {
    return this.values.size;
  }

  close(): void {
    this.values.clear();
    this.before.clear();
  }
}
