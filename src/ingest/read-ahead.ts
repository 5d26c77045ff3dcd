import type { FeedFile } from "../sources/feed-file.ts";
import type { ArchiveSlice } from "../sources/slice-archive.ts";

export type ReadFile = (path: string) => Promise<FeedFile>;

/** A slice and a way to read its files which has already begun. */
export interface SliceAhead {
  readonly slice: ArchiveSlice;
  readonly read: ReadFile;
}

/**
 * Inflates the next slice while the current one is published. At most two slices are in memory: the
 * one which the caller has, and the one after it.
 */
export async function* readAhead(
  slices: Iterable<ArchiveSlice>,
  read: ReadFile,
): AsyncGenerator<SliceAhead> {
  let ready: SliceAhead | null = null;
  for (const slice of slices) {
    const next = begin(slice, read);
    if (ready) yield ready;
    ready = next;
    await settled(next);
  }
  if (ready) yield ready;
}

function begin(slice: ArchiveSlice, read: ReadFile): SliceAhead {
  const reading = new Map<string, Promise<FeedFile>>();
  for (const path of slice.files.values()) {
    const file = read(path);
    // A file that fails must not end the process before anybody asks for it.
    file.catch(() => {});
    reading.set(path, file);
  }
  return { slice, read: (path) => reading.get(path) ?? read(path) };
}

const settled = ({ slice, read }: SliceAhead): Promise<unknown> =>
  Promise.allSettled([...slice.files.values()].map(read));
