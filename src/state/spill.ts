import fs from "node:fs";
import path from "node:path";
import { LRUCache } from "lru-cache";
import { CHUNK_BYTES, type Chunk, chunkOf, type Spill } from "./slab.ts";

/** For stores that stay in memory: eviction is a bug. */
export const noSpill: Spill = {
  write: () => {
    throw new Error("this store has no folder to spill to");
  },
  read: () => {
    throw new Error("this store has no folder to spill to");
  },
  drop: () => {},
};

/**
 * Chunks on the local disk, one sparse file a segment, read back through a cache. Only a cache of
 * state which the checkpoint holds: never synced, and wiped when it is opened.
 */
export class FolderSpill implements Spill {
  private readonly folder: string;
  private readonly cache: LRUCache<string, Chunk>;
  private readonly files: LRUCache<number, number>;

  constructor(folder: string, cacheBytesMax: number) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.cache = new LRUCache({
      maxSize: cacheBytesMax,
      sizeCalculation: (chunk) => chunk.bytes.length + 64,
    });
    this.files = new LRUCache({ max: 128, dispose: (file) => fs.closeSync(file) });
  }

  private file(segment: number): number {
    let file = this.files.get(segment);
    if (file === undefined) {
      const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
      file = fs.openSync(path.join(this.folder, `${segment}.slab`), flags);
      this.files.set(segment, file);
    }
    return file;
  }

  write(segment: number, chunk: number, bytes: Uint8Array): void {
    fs.writeSync(this.file(segment), bytes, 0, bytes.length, chunk * CHUNK_BYTES);
    this.cache.delete(`${segment}/${chunk}`);
  }

  read(segment: number, chunk: number, length: number): Chunk {
    const key = `${segment}/${chunk}`;
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    // Not from the shared pool: the Int32 view needs an aligned start.
    const bytes = new Uint8Array((length + 3) & ~3);
    const read = fs.readSync(this.file(segment), bytes, 0, length, chunk * CHUNK_BYTES);
    if (read !== length) {
      throw new Error(`${this.folder}/${segment}.slab: ${read} bytes of ${length} at ${chunk}`);
    }
    const loaded = chunkOf(bytes);
    this.cache.set(key, loaded);
    return loaded;
  }

  drop(segment: number): void {
    if (this.files.has(segment)) this.files.delete(segment);
    fs.rmSync(path.join(this.folder, `${segment}.slab`), { force: true });
  }
}
