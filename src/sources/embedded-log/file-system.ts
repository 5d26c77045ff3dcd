import { type FileHandle, mkdir, open, readdir, rename, unlink } from "node:fs/promises";

/** One open file of the journal. Every method may fail with what the system says. */
export interface LogFile {
  /** Writes all of `parts` at `position`. When it fails, any part of them may have been written. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
  /** Fills `into`; the bytes read are fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  truncate(bytes: number): Promise<void>;
  /** Whatever was written before the call survives a loss of power. */
  sync(): Promise<void>;
  /** Waits for the operations under way. */
  close(): Promise<void>;
}

/** What the embedded log needs of a file system: so little that a test can crash at every step. */
export interface FileSystem {
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  /** `new`: fails with EEXIST if it exists. `empty`: created or emptied. `existing`: as it is. */
  open(path: string, as: "new" | "empty" | "existing"): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Files created, renamed or unlinked before the call stay so after a loss of power. */
  syncFolder(path: string): Promise<void>;
}

const flags = { new: "wx+", empty: "w+", existing: "r+" } as const;

export const nodeFileSystem: FileSystem = {
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  list: (folder) => readdir(folder),
  open: async (path, as) => new NodeFile(await open(path, flags[as])),
  rename,
  unlink,
  syncFolder: async (path) => {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

class NodeFile implements LogFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    let left = parts;
    let at = position;
    while (left.length > 0) {
      // The system may write less than it was given, most of all when the disk is nearly full.
      const { bytesWritten } = await this.#handle.writev(left, at);
      left = after(left, bytesWritten);
      at += bytesWritten;
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const left = into.length - filled;
      const { bytesRead } = await this.#handle.read(into, filled, left, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** What is left of `parts` after their first `bytes`. */
function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  let i = 0;
  while (i < parts.length && skip >= parts[i]!.length) skip -= parts[i++]!.length;
  if (i === parts.length) return [];
  return [parts[i]!.subarray(skip), ...parts.slice(i + 1)];
}
