import type { Clock } from "../record/clock.ts";
import { byPath, type ObjectInfo, type ObjectStore } from "./object-store.ts";

/** An object store in memory, for tests and the simulator. */
export class MemoryObjectStore implements ObjectStore {
  private readonly objects = new Map<string, { bytes: Uint8Array; modifiedMs: number }>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async get(path: string): Promise<Uint8Array | null> {
    const object = this.objects.get(path);
    return object === undefined ? null : new Uint8Array(object.bytes);
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    // A copy: writers reuse their buffers, and an object is what it was when it was put. `slice` of a
    // Buffer is none.
    this.objects.set(path, { bytes: new Uint8Array(bytes), modifiedMs: this.clock.nowMs() });
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    if (this.objects.has(path)) return false;
    await this.put(path, bytes);
    return true;
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    const found: ObjectInfo[] = [];
    for (const [path, { bytes, modifiedMs }] of this.objects) {
      if (path.startsWith(prefix)) found.push({ path, size: bytes.byteLength, modifiedMs });
    }
    return found.sort(byPath);
  }

  async delete(path: string): Promise<void> {
    this.objects.delete(path);
  }
}
