import type { Dirent } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError, RetriableError } from "../record/errors.ts";
import { checkObjectPath } from "./object-path.ts";
import { byPath, type ObjectInfo, type ObjectStore } from "./object-store.ts";

/** Half-written objects live here until they are whole; never listed, never read. */
const TEMPORARY = ".tmp";
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/**
 * An object store in a folder of a local file system with hard links. An object is written beside,
 * synced, and moved or linked into place, so that a crash leaves it whole or absent, and synced
 * with its folder, so that it is still there after a power cut. Unless `synced` is false: then that is
 * left to the operating system, and an object may be cut or gone after one.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly root: string;
  private readonly synced: boolean;
  private temporaries = 0;
  private swept = false;

  constructor(root: string, { synced = true }: { readonly synced?: boolean } = {}) {
    this.root = root;
    this.synced = synced;
  }

  async get(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(this.locate(path));
    } catch (cause) {
      if (isAbsent(cause)) return null;
      throw failed("read", path, cause);
    }
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.write(path, bytes, async (from, to) => {
      await rename(from, to);
      return true;
    });
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    return await this.write(path, bytes, linkUnlessTaken);
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    if (folder !== "") checkPath(folder.slice(0, -1));
    const found: ObjectInfo[] = [];
    try {
      await this.walk(folder, prefix, found);
    } catch (cause) {
      throw failed("list", prefix, cause);
    }
    return found.sort(byPath);
  }

  async delete(path: string): Promise<void> {
    try {
      await unlink(this.locate(path));
    } catch (cause) {
      if (!isAbsent(cause)) throw failed("delete", path, cause);
    }
  }

  private locate(path: string): string {
    checkPath(path);
    return join(this.root, path);
  }

  private async walk(folder: string, prefix: string, found: ObjectInfo[]): Promise<void> {
    for (const entry of await entries(join(this.root, folder))) {
      const path = folder + entry.name;
      if (entry.isDirectory()) {
        const inside = `${path}/`;
        const wanted = inside.startsWith(prefix) || prefix.startsWith(inside);
        if (wanted && path !== TEMPORARY) await this.walk(inside, prefix, found);
      } else if (path.startsWith(prefix)) {
        const info = await stat(join(this.root, path)).catch(absentAsNull);
        // A file which went away since the folder was read is not in the listing.
        if (info !== null) found.push({ path, size: info.size, modifiedMs: info.mtimeMs });
      }
    }
  }

  /** Writes beside and puts into place; false when `place` found the path taken. */
  private async write(
    path: string,
    bytes: Uint8Array,
    place: (from: string, to: string) => Promise<boolean>,
  ): Promise<boolean> {
    const target = this.locate(path);
    try {
      const temporary = await this.writeTemporary(bytes);
      const placed = await this.placing(temporary, target, place);
      if (placed && this.synced) await syncFolder(dirname(target));
      return placed;
    } catch (cause) {
      throw failed("write", path, cause);
    }
  }

  /** Once `place` has gone through, the name of the temporary file may be another writer's. */
  private async placing(
    temporary: string,
    target: string,
    place: (from: string, to: string) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      return await place(temporary, target).catch(async (cause) => {
        if (codeOf(cause) !== "ENOENT") throw cause;
        await this.makeFolder(dirname(target));
        return await place(temporary, target);
      });
    } catch (cause) {
      await unlink(temporary).catch(absentAsNull);
      throw cause;
    }
  }

  private async writeTemporary(bytes: Uint8Array): Promise<string> {
    const folder = join(this.root, TEMPORARY);
    if (this.temporaries === 0) await this.makeFolder(folder);
    for (;;) {
      const path = join(folder, `${process.pid}-${this.temporaries++}`);
      try {
        // Exclusive, because another process may have this id: each container has a process 1.
        const file = await open(path, "wx");
        try {
          await file.writeFile(bytes);
          if (this.synced) await file.sync();
          if (!this.swept) await this.sweep(folder, (await file.stat()).mtimeMs);
        } finally {
          await file.close();
        }
        return path;
      } catch (cause) {
        if (codeOf(cause) !== "EEXIST") throw cause;
      }
    }
  }

  private async makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined || !this.synced) return;
    // A new folder survives a power cut only once its own entry in its parent is synced.
    for (let made = folder; ; made = dirname(made)) {
      await syncFolder(dirname(made));
      if (made.length <= first.length) return;
    }
  }

  /** Deletes what writers left here that died long ago, by the file system's own clock. */
  private async sweep(folder: string, nowMs: number): Promise<void> {
    this.swept = true;
    for (const { name } of await entries(folder)) {
      const path = join(folder, name);
      const info = await stat(path).catch(absentAsNull);
      if (info !== null && nowMs - info.mtimeMs > ABANDONED_AFTER_MS) {
        await unlink(path).catch(absentAsNull);
      }
    }
  }
}

function checkPath(path: string): void {
  checkObjectPath(path);
  if (path.split("/")[0] !== TEMPORARY) return;
  throw new ConfigError(`"${path}" is no object path: ${TEMPORARY} is where half-written ones are`);
}

/** Unlike a rename, a link never replaces, and what it makes visible is whole. */
async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  const isFree = await link(from, to).then(
    () => true,
    (cause) => {
      if (codeOf(cause) === "EEXIST") return false;
      throw cause;
    },
  );
  await unlink(from).catch(absentAsNull);
  return isFree;
}

async function entries(folder: string): Promise<Dirent[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(absentAsNull)) ?? [];
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const isAbsent = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error) ?? "");

function absentAsNull(error: unknown): null {
  if (isAbsent(error)) return null;
  throw error;
}

const LASTING = ["EACCES", "EPERM", "EROFS", "ENAMETOOLONG", "ENOTSUP", "EOPNOTSUPP", "EXDEV"];

function failed(action: string, path: string, cause: unknown): Error {
  if (cause instanceof ConfigError) return cause;
  const code = codeOf(cause) ?? "";
  const message = `cannot ${action} object "${path}": ${(cause as Error).message}`;
  return LASTING.includes(code)
    ? new ConfigError(`${message}; the folder must be writable and allow hard links`, { cause })
    : new RetriableError(message, { cause });
}
