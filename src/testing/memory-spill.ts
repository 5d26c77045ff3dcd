import { type Chunk, chunkOf, type Spill } from "../state/slab.ts";

/** A local disk in memory; gone with its process. */
export class MemorySpill implements Spill {
  private readonly chunks = new Map<string, Uint8Array>();
  private readonly residentBytesMax: number;

  /** `residentBytesMax`: what its store may hold in memory, beside indexes. */
  constructor(residentBytesMax = Number.POSITIVE_INFINITY) {
    this.residentBytesMax = residentBytesMax;
  }

  keep(bytes: number): number {
    return Math.min(bytes, this.residentBytesMax);
  }

  write(segment: number, chunk: number, bytes: Uint8Array): void {
    this.chunks.set(`${segment}/${chunk}`, bytes.slice());
  }

  read(segment: number, chunk: number, length: number): Chunk {
    const bytes = this.chunks.get(`${segment}/${chunk}`);
    if (bytes?.length !== length) throw new Error(`no chunk ${chunk} of segment ${segment}`);
    const aligned = new Uint8Array((length + 3) & ~3);
    aligned.set(bytes);
    return chunkOf(aligned);
  }

  drop(segment: number): void {
    for (const key of this.chunks.keys()) {
      if (key.startsWith(`${segment}/`)) this.chunks.delete(key);
    }
  }

  close(): void {
    this.chunks.clear();
  }
}
