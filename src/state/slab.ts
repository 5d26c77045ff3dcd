/**
 * An append-only byte arena in chunks. An entry never crosses a chunk, so a chunk is the unit that
 * can leave memory: it is written to the spill once, and comes back through a cache when read.
 *
 * Layout of an entry, 4-byte aligned: `length << 8 | tag`, position of the previous entry of the
 * same key (-1: none), key high, key low, payload. All little endian.
 */
export const CHUNK_BYTES = 65_536;
export const ENTRY_HEADER_BYTES = 16;
/** The longest payload that an entry can hold. */
export const ENTRY_BYTES_MAX = CHUNK_BYTES - ENTRY_HEADER_BYTES;

const FIRST_CHUNK_BYTES = 1024;

/** A chunk's memory under the three views that readers need. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
}

export function chunkOf(bytes: Uint8Array): Chunk {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    bytes,
    words: new Int32Array(buffer, byteOffset, byteLength >> 2),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}

/** Where chunks go when they leave memory. Reads are synchronous: a task never suspends. */
export interface Spill {
  /** How many of the bytes that its store could move here may stay in memory, after a commit. */
  keep(bytes: number): number;
  write(segment: number, chunk: number, bytes: Uint8Array): void;
  read(segment: number, chunk: number, length: number): Chunk;
  drop(segment: number): void;
  /** The store has dropped its segments and is closed. */
  close(): void;
}

/** What a cursor points to that has let go of its chunk. */
export const NO_CHUNK: Chunk = chunkOf(new Uint8Array(0));

/** Bytes of an entry with its header and padding. */
export const entryBytes = (payloadBytes: number): number =>
  (ENTRY_HEADER_BYTES + payloadBytes + 3) & ~3;

export class Slab {
  private readonly chunks: (Chunk | null)[] = [];
  private readonly used: number[] = [];
  private readonly segment: number;
  private readonly spill: Spill;
  residentBytes = 0;
  private payload = 0;

  constructor(segment: number, spill: Spill) {
    this.segment = segment;
    this.spill = spill;
  }

  /** The logical end: where the next entry would go at the earliest. */
  get length(): number {
    const last = this.chunks.length - 1;
    return last < 0 ? 0 : last * CHUNK_BYTES + this.used[last]!;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.payload;
  }

  /** Makes room for `bytes` more in one chunk; the position where they start. */
  reserve(bytes: number): number {
    let last = this.chunks.length - 1;
    if (last < 0 || this.used[last]! + bytes > CHUNK_BYTES || this.chunks[last] === null) {
      last++;
      this.addChunk(Math.max(FIRST_CHUNK_BYTES, bytes));
    }
    const at = this.used[last]!;
    const chunk = this.chunks[last]!;
    if (at + bytes > chunk.bytes.length) this.growChunk(last, at + bytes);
    this.used[last] = at + bytes;
    this.payload += bytes;
    return last * CHUNK_BYTES + at;
  }

  private addChunk(bytes: number): void {
    // A segment that grows past its first chunk is a large one: no more doubling from small.
    const size = this.chunks.length === 0 ? Math.min(CHUNK_BYTES, (bytes + 3) & ~3) : CHUNK_BYTES;
    const spilled = this.chunks.length > 0 && this.chunks.at(-1) === null;
    const allocated = spilled ? Math.max(FIRST_CHUNK_BYTES, (bytes + 3) & ~3) : size;
    this.chunks.push(chunkOf(new Uint8Array(allocated)));
    this.used.push(0);
    this.residentBytes += allocated;
  }

  private growChunk(index: number, needed: number): void {
    const old = this.chunks[index]!;
    const size = Math.min(CHUNK_BYTES, Math.max(needed, old.bytes.length * 2));
    const next = new Uint8Array((size + 3) & ~3);
    next.set(old.bytes);
    this.residentBytes += next.length - old.bytes.length;
    this.chunks[index] = chunkOf(next);
  }

  /** The chunk that holds a position, from memory or from the spill. */
  chunk(position: number): Chunk {
    const index = Math.floor(position / CHUNK_BYTES);
    return this.chunks[index] ?? this.spill.read(this.segment, index, this.used[index]!);
  }

  /** Visits what lies between two logical positions, a chunk at a time. */
  *ranges(from: number, to: number): Generator<{ from: number; bytes: Uint8Array }> {
    for (let index = Math.floor(from / CHUNK_BYTES); index < this.chunks.length; index++) {
      const base = index * CHUNK_BYTES;
      const start = Math.max(from - base, 0);
      const end = Math.min(this.used[index]!, to - base);
      if (end <= start) continue;
      yield { from: base + start, bytes: this.chunk(base).bytes.subarray(start, end) };
    }
  }

  /** Puts back bytes at the position they had. */
  restore(from: number, bytes: Uint8Array): void {
    const index = Math.floor(from / CHUNK_BYTES);
    while (this.chunks.length <= index) {
      this.addChunk(this.chunks.length === index ? bytes.length : 4);
    }
    const at = from - index * CHUNK_BYTES;
    if (at !== this.used[index]) {
      throw new RangeError(`section starts at ${at} of a chunk, expected ${this.used[index]}`);
    }
    if (this.chunks[index] === null) this.reload(index);
    if (at + bytes.length > this.chunks[index]!.bytes.length) {
      this.growChunk(index, at + bytes.length);
    }
    this.chunks[index]!.bytes.set(bytes, at);
    this.used[index] = at + bytes.length;
    this.payload += bytes.length;
  }

  /** A restore may evict a chunk of which more is to come. */
  private reload(index: number): void {
    const { bytes } = this.spill.read(this.segment, index, this.used[index]!);
    this.chunks[index] = chunkOf(bytes.slice());
    this.residentBytes += bytes.length;
  }

  /** Cuts back to a length the slab had before; nothing after it may have been spilled. */
  truncate(length: number): void {
    const keep = Math.ceil(length / CHUNK_BYTES);
    while (this.chunks.length > keep) this.removeLast();
    if (keep === 0) return;
    const last = keep - 1;
    const used = length - last * CHUNK_BYTES;
    this.payload -= this.used[last]! - used;
    this.used[last] = used;
  }

  private removeLast(): void {
    this.residentBytes -= this.chunks.pop()?.bytes.length ?? 0;
    this.payload -= this.used.pop()!;
  }

  /** Moves every chunk to the spill. What is appended afterwards starts a new chunk. */
  evict(): void {
    for (const [index, chunk] of this.chunks.entries()) {
      if (chunk === null) continue;
      this.spill.write(this.segment, index, chunk.bytes.subarray(0, this.used[index]));
      this.chunks[index] = null;
    }
    this.residentBytes = 0;
  }
}
