import { crc32 } from "node:zlib";
import { LRUCache } from "lru-cache";
import { byPath, type ObjectInfo, type ObjectStore } from "./object-store.ts";

/** Behind each object: its length and its CRC-32, by which one that was cut or damaged is known. */
const TRAILER_BYTES = 8;

/** What others may have put into the same place, as a part of the bound, before it is looked at again. */
const UNSEEN_PART = 8;

export interface CacheOptions {
  /** What holds, and what others see. */
  readonly remote: ObjectStore;
  /** Copies on this host, of which any may be gone, cut or damaged at any time; need not be synced. */
  readonly local: ObjectStore;
  /** Of the copies; the oldest used go first. Others that share the place may add an eighth each. */
  readonly bytesMax: number;
}

/**
 * An object store with copies on the local disk, for objects that are never replaced by others. A
 * path that was read or written here is not fetched again, also not after a restart. Threads and
 * processes may share the place of the copies. Whatever goes wrong with a copy, the remote object is
 * read: there may be no copies at all, or a full disk.
 */
export class CachedObjectStore implements ObjectStore {
  /** What holds, read past the copies. */
  readonly remote: ObjectStore;
  private readonly local: ObjectStore;
  private readonly bytesMax: number;
  private readonly sizes: LRUCache<string, number>;
  private evicted: string[] = [];
  private unseenBytes = 0;

  private constructor({ remote, local, bytesMax }: CacheOptions) {
    this.remote = remote;
    this.local = local;
    this.bytesMax = bytesMax;
    this.sizes = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: (size) => size,
      dispose: (_size, path, reason) => {
        if (reason === "evict") this.evicted.push(path);
      },
    });
  }

  /** Looks at the copies that are there. */
  static async open(options: CacheOptions): Promise<CachedObjectStore> {
    const store = new CachedObjectStore(options);
    await store.look();
    return store;
  }

  async get(path: string): Promise<Uint8Array | null> {
    const copy = await this.getCopy(path);
    if (copy !== null) return copy;
    const bytes = await this.remote.get(path);
    if (bytes !== null) await this.keep(path, bytes);
    return bytes;
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.remote.put(path, bytes);
    await this.keep(path, bytes);
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    const isNew = await this.remote.putIfAbsent(path, bytes);
    if (isNew) await this.keep(path, bytes);
    return isNew;
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    return await this.remote.list(prefix);
  }

  async delete(path: string): Promise<void> {
    await this.remote.delete(path);
    await this.forget(path);
  }

  /** Deletes the copy only. */
  async forget(path: string): Promise<void> {
    this.sizes.delete(path);
    // One that cannot be deleted takes place until somebody can.
    await this.local.delete(path).catch(() => {});
  }

  /** Whether there is a copy, as far as is known without looking. */
  holds(path: string): boolean {
    return this.sizes.has(path);
  }

  /** Paths of the copies, as far as they are known without looking. */
  copies(): Iterable<string> {
    return this.sizes.keys();
  }

  private async getCopy(path: string): Promise<Uint8Array | null> {
    const copy = await this.local.get(path).catch(() => null);
    if (copy === null) {
      this.sizes.delete(path);
      return null;
    }
    const bytes = withoutTrailer(copy);
    if (bytes === null) await this.forget(path);
    else this.sizes.set(path, copy.length);
    await this.evict();
    return bytes;
  }

  private async keep(path: string, bytes: Uint8Array): Promise<void> {
    const size = bytes.length + TRAILER_BYTES;
    if (size > this.bytesMax) return;
    try {
      await this.local.put(path, withTrailer(bytes));
    } catch {
      return;
    }
    this.sizes.set(path, size);
    this.unseenBytes += size;
    await this.evict();
    if (this.unseenBytes * UNSEEN_PART > this.bytesMax) await this.look();
  }

  /** Takes note of what lies there: what was there before, and what others have added or deleted. */
  private async look(): Promise<void> {
    this.unseenBytes = 0;
    const found = await this.local.list("").catch(() => null);
    if (found === null) return;
    const paths = new Set(found.map(({ path }) => path));
    for (const path of [...this.sizes.keys()]) if (!paths.has(path)) this.sizes.delete(path);
    const known = (path: string) => this.sizes.has(path);
    const unknown = found.filter(({ path }) => !known(path));
    unknown.sort((a, b) => a.modifiedMs - b.modifiedMs || byPath(a, b));
    for (const { path, size } of unknown) {
      // One that is larger than all of them together may be is not taken in, but told of here.
      if (size > this.bytesMax) this.evicted.push(path);
      else if (size > 0) this.sizes.set(path, size);
    }
    await this.evict();
  }

  private async evict(): Promise<void> {
    const paths = this.evicted;
    this.evicted = [];
    for (const path of paths) if (!this.sizes.has(path)) await this.forget(path);
  }
}

function withTrailer(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length + TRAILER_BYTES);
  copy.set(bytes);
  copy.writeUInt32LE(bytes.length, bytes.length);
  copy.writeUInt32LE(crc32(bytes), bytes.length + 4);
  return copy;
}

/** Null unless it is whole. */
function withoutTrailer(copy: Uint8Array): Uint8Array | null {
  const length = copy.length - TRAILER_BYTES;
  if (length < 0) return null;
  const bytes = copy.subarray(0, length);
  const trailer = new DataView(copy.buffer, copy.byteOffset + length, TRAILER_BYTES);
  const isWhole =
    trailer.getUint32(0, true) === length && trailer.getUint32(4, true) === crc32(bytes);
  return isWhole ? bytes : null;
}
