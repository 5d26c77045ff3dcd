import type { FileSystem, LogFile } from "../../src/sources/embedded-log/file-system.ts";

/** A write as the disk has it: without `bytes` it cuts the file at `position`. */
interface Change {
  readonly position: number;
  readonly bytes: Uint8Array | null;
}

interface Inode {
  content: Uint8Array;
  durable: Uint8Array;
  /** Since the last sync; a loss of power keeps any of them, in any part. */
  pending: Change[];
  /** Changes before those. */
  synced: number;
}

type NameChange = { readonly path: string; readonly inode: Inode | null };

/** What goes wrong, by the number of the operation. */
export interface Faults {
  /** Power fails, or the process is killed, in this operation. */
  readonly crashAt: number;
  /** The same by the number of the sync: much is decided there, and few operations are one. */
  readonly crashAtSync: number;
  /** These fail with an error of the system; a write may have happened in part. */
  readonly failAt: ReadonlySet<number>;
}

export const noFaults: Faults = {
  crashAt: Number.POSITIVE_INFINITY,
  crashAtSync: Number.POSITIVE_INFINITY,
  failAt: new Set(),
};

/** A file system in memory that loses what was not synced. `random` gives numbers in [0, 1). */
export class SimulatedDisk implements FileSystem {
  readonly #random: () => number;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #pendingNames: NameChange[] = [];
  #faults = noFaults;
  #operations = 0;
  #syncs = 0;
  #crashed = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Counts operations from 0 again. */
  setFaults(faults: Faults): void {
    this.#faults = faults;
    this.#operations = 0;
    this.#syncs = 0;
  }

  /** After a kill all that was written is there, after a loss of power what was synced. */
  restart(after: "kill" | "power"): void {
    this.#crashed = false;
    this.#faults = noFaults;
    if (after === "power") this.#losePower();
  }

  /** The bytes of a file, to be damaged. */
  content(path: string): Uint8Array {
    return this.#inode(path).content;
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  async makeFolder(): Promise<void> {}

  async list(folder: string): Promise<string[]> {
    await this.#step();
    return this.paths().map((path) => path.slice(folder.length + 1));
  }

  async open(path: string, as: "new" | "empty" | "existing"): Promise<LogFile> {
    await this.#step();
    const existing = this.#names.get(path);
    if (as === "existing" || (as === "empty" && existing)) {
      const inode = this.#inode(path);
      if (as === "empty") change(inode, { position: 0, bytes: null });
      return this.#file(inode);
    }
    if (existing) throw systemError("EEXIST", path);
    const inode = newInode(new Uint8Array(0));
    this.#setName(path, inode);
    return this.#file(inode);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step();
    const inode = this.#inode(from);
    this.#setName(from, null);
    this.#setName(to, inode);
  }

  async unlink(path: string): Promise<void> {
    await this.#step();
    this.#inode(path);
    this.#setName(path, null);
  }

  async syncFolder(): Promise<void> {
    await this.#step();
    this.#durableNames = new Map(this.#names);
    this.#pendingNames = [];
  }

  #file(inode: Inode): LogFile {
    return {
      write: async (parts, position) => {
        const bytes = Buffer.concat(parts);
        const failure = await this.#stepOrFailure();
        const written = failure ? Math.floor(this.#random() * (bytes.length + 1)) : bytes.length;
        change(inode, { position, bytes: bytes.subarray(0, written) });
        if (failure) throw failure;
      },
      read: async (into, position) => {
        await this.#step();
        const part = inode.content.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      size: async () => {
        await this.#step();
        return inode.content.length;
      },
      truncate: async (bytes) => {
        await this.#step();
        change(inode, { position: bytes, bytes: null });
      },
      sync: async () => {
        const synced = inode.synced + inode.pending.length;
        const content = inode.content.slice();
        await this.#step(this.#syncs++ >= this.#faults.crashAtSync);
        // A later sync may have ended before.
        if (synced <= inode.synced) return;
        inode.durable = content;
        inode.pending.splice(0, synced - inode.synced);
        inode.synced = synced;
      },
      close: async () => {},
    };
  }

  async #step(crash = false): Promise<void> {
    const failure = await this.#stepOrFailure(crash);
    if (failure) throw failure;
  }

  /** Takes a while, now and then a long one, so that operations overlap in many ways. */
  async #stepOrFailure(crash = false): Promise<Error | null> {
    for (let waits = Math.floor(this.#random() ** 6 * 40); waits > 0; waits--) await null;
    const operation = this.#operations++;
    // Only the operation that the crash came in may have had an effect.
    if (this.#crashed) throw new Error("the process is gone");
    if (crash || operation >= this.#faults.crashAt) {
      this.#crashed = true;
      return new Error("the process is gone");
    }
    return this.#faults.failAt.has(operation) ? systemError("ENOSPC", "disk") : null;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode) return inode;
    throw systemError("ENOENT", path);
  }

  #setName(path: string, inode: Inode | null): void {
    setOrDelete(this.#names, path, inode);
    this.#pendingNames.push({ path, inode });
  }

  #losePower(): void {
    for (const { path, inode } of this.#pendingNames) {
      if (this.#random() < 0.5) setOrDelete(this.#durableNames, path, inode);
    }
    this.#names = new Map(this.#durableNames);
    this.#pendingNames = [];
    for (const inode of new Set(this.#names.values())) {
      const kept = newInode(inode.durable);
      // All of them in part, or all but one whole: what follows a torn write must not count either.
      const torn = Math.floor(this.#random() * inode.pending.length * 1.5);
      inode.pending.forEach((each, i) => {
        if (torn < inode.pending.length && i !== torn) change(kept, each);
        else this.#keepInPart(kept, each);
      });
      inode.content = kept.content;
      inode.durable = kept.content;
      inode.synced += inode.pending.length;
      inode.pending = [];
    }
  }

  /** Sectors of a write reach the disk in any order. */
  #keepInPart(inode: Inode, { position, bytes }: Change): void {
    if (bytes === null) {
      if (this.#random() < 0.5) change(inode, { position, bytes });
      return;
    }
    const share = this.#random() * 1.5;
    const sector = 64;
    for (let at = 0; at < bytes.length; at += sector) {
      if (this.#random() >= share) continue;
      change(inode, { position: position + at, bytes: bytes.subarray(at, at + sector) });
    }
  }
}

const newInode = (content: Uint8Array): Inode => ({
  content,
  durable: content,
  pending: [],
  synced: 0,
});

function change(inode: Inode, { position, bytes }: Change): void {
  inode.pending.push({ position, bytes });
  const { content } = inode;
  if (bytes === null) {
    inode.content = content.slice(0, position);
    return;
  }
  const end = position + bytes.length;
  if (end > content.length) {
    inode.content = new Uint8Array(end);
    inode.content.set(content);
  } else if (inode.content === inode.durable) inode.content = content.slice();
  inode.content.set(bytes, position);
}

function setOrDelete(names: Map<string, Inode>, path: string, inode: Inode | null): void {
  if (inode) names.set(path, inode);
  else names.delete(path);
}

const systemError = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code });

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
