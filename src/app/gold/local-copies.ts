import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { LiveFile } from "../../lake-sql/pinned-table.ts";
import { RetriableError } from "../../record/errors.ts";
import type { ObjectStore } from "../../state/object-store.ts";

/** Files received at a time; each is held in memory as a whole, and is at most 64 MiB. */
const RECEIVED_AT_ONCE = 2;

/**
 * Puts files of a store into a folder, from which DuckDB reads them: what it needs for a bucket is an
 * extension, and would be downloaded. A file never changes under its name, so what is there is not
 * received again. Copies that are not among the files any more go.
 */
export async function copyFiles(
  store: ObjectStore,
  root: string,
  files: readonly LiveFile[],
): Promise<void> {
  await dropOthers(root, new Set(files.map(({ location }) => location)));
  const waiting = [...files];
  const receive = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      await copyFile(store, file);
    }
  };
  await Promise.all(Array.from({ length: RECEIVED_AT_ONCE }, receive));
}

async function copyFile(store: ObjectStore, { path: from, location, size }: LiveFile) {
  const found = await stat(location).catch(() => null);
  if (found?.size === size) return;
  const bytes = await store.get(from);
  if (bytes === null) {
    // A compaction and a vacuum have come between: the next version does not need it.
    throw new RetriableError(`${from} is gone since the log of its table was read`);
  }
  await mkdir(path.dirname(location), { recursive: true });
  await writeFile(`${location}.part`, bytes);
  await rename(`${location}.part`, location);
}

async function dropOthers(root: string, wanted: ReadonlySet<string>): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const location = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !wanted.has(location)) await rm(location, { force: true });
  }
}
