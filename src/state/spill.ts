import fs from "node:fs";
import path from "node:path";
import { LRUCache } from "lru-cache";
import { CHUNK_BYTES, type Chunk, chunkOf, type Spill } from "./slab.ts";
import { StateMemory } from "./state-memory.ts";

/** For stores that stay in memory: eviction is a bug. */
export const noSpill: Spill = {
  keep: (bytes) => bytes,
  write: () => {
    throw new Error("this store has no folder to spill to");
  },
  read: () => {
    throw new Error("this store has no folder to spill to");
  },
  drop: () => {},
  close: () => {},
};

export interface SpillLimits {
  /** Of state that has not left memory, over all stores; indexes are beside it. */
  readonly residentBytesMax: number;
  /** Of state that has left memory and was read again. */
  readonly cacheBytesMax: number;
}

const FILES_MAX = 256;

/**
 * A folder of the local disk for the state of a thread that has left memory, and the memory that
 * its stores share. Only a cache of state which the checkpoint holds: never synced, and what is of a
 * store is wiped when it is opened. Who shares the folder must not have the same stores.
 */
export class SpillFolder {
  readonly #folder: string;
  readonly #memory: StateMemory;
  readonly #cache: LRUCache<string, Chunk>;
  readonly #files: LRUCache<string, number>;

  constructor(folder: string, { residentBytesMax, cacheBytesMax }: SpillLimits) {
    this.#folder = folder;
    this.#memory = new StateMemory(residentBytesMax);
    this.#cache = new LRUCache({
      maxSize: cacheBytesMax,
      sizeCalculation: (chunk) => chunk.bytes.length + 64,
    });
    this.#files = new LRUCache({ max: FILES_MAX, dispose: (file) => fs.closeSync(file) });
  }

  /** The spill of one store, which no other has open. */
  open(name: string): Spill {
    const folder = path.join(this.#folder, name);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    return new FolderSpill(folder, {
      memory: this.#memory,
      cache: this.#cache,
      files: this.#files,
    });
  }
}

interface Shared {
  readonly memory: StateMemory;
  /** By folder, segment and chunk. */
  readonly cache: LRUCache<string, Chunk>;
  /** Open ones, by path. */
  readonly files: LRUCache<string, number>;
}

/** Chunks on the local disk, one sparse file a segment, read back through a cache. */
class FolderSpill implements Spill {
  readonly #folder: string;
  readonly #shared: Shared;

  constructor(folder: string, shared: Shared) {
    this.#folder = folder;
    this.#shared = shared;
  }

  keep(bytes: number): number {
    return this.#shared.memory.keep(this, bytes);
  }

  #path(segment: number): string {
    return `${this.#folder}/${segment}.slab`;
  }

  #key(segment: number, chunk: number): string {
    return `${this.#folder}/${segment}/${chunk}`;
  }

  #file(segment: number): number {
    const at = this.#path(segment);
    const { files } = this.#shared;
    let file = files.get(at);
    if (file === undefined) {
      file = fs.openSync(at, fs.constants.O_RDWR | fs.constants.O_CREAT);
      files.set(at, file);
    }
    return file;
  }

  write(segment: number, chunk: number, bytes: Uint8Array): void {
    fs.writeSync(this.#file(segment), bytes, 0, bytes.length, chunk * CHUNK_BYTES);
    this.#shared.cache.delete(this.#key(segment, chunk));
  }

  read(segment: number, chunk: number, length: number): Chunk {
    const key = this.#key(segment, chunk);
    const cached = this.#shared.cache.get(key);
    if (cached !== undefined) return cached;
    // Not from the shared pool: the Int32 view needs an aligned start.
    const bytes = new Uint8Array((length + 3) & ~3);
    const read = fs.readSync(this.#file(segment), bytes, 0, length, chunk * CHUNK_BYTES);
    if (read !== length) {
      throw new Error(`${this.#path(segment)}: ${read} bytes of ${length} at ${chunk}`);
    }
    const loaded = chunkOf(bytes);
    this.#shared.cache.set(key, loaded);
    return loaded;
  }

  drop(segment: number): void {
    const at = this.#path(segment);
    this.#shared.files.delete(at);
    fs.rmSync(at, { force: true });
  }

  close(): void {
    this.#shared.memory.forget(this);
  }
}
