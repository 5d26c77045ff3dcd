import { hash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Feed, feedNamed, sliceFileName } from "../../gdelt/feeds.ts";
import type { GeneratedSlice } from "./generate-slices.ts";
import { zipOf } from "./zip-writer.ts";

/** A file of a slice, as it is published. */
export interface SliceFile {
  readonly feed: Feed;
  readonly name: string;
  readonly bytes: Buffer;
}

/** Where GDELT's own lists say that their files are. */
const BASE_URL = "http://data.gdeltproject.org/gdeltv2/";

/** The files of a slice, named and packed as GDELT does it. */
export const packSlice = (
  { feeds, sliceMs }: GeneratedSlice,
  options: { readonly zipped: boolean },
): Promise<SliceFile[]> =>
  Promise.all(
    [...feeds].map(async ([feedName, content]) => {
      const feed = feedNamed(feedName);
      const name = sliceFileName(feed, sliceMs, options);
      const entryName = sliceFileName(feed, sliceMs, { zipped: false });
      const bytes = options.zipped ? await zipOf(entryName, content, sliceMs) : content;
      return { feed, name, bytes };
    }),
  );

/** The line of a file in `lastupdate.txt` and `masterfilelist.txt`: size, MD5, address. */
export const fileListLine = ({ name, bytes }: SliceFile, baseUrl = BASE_URL): string =>
  `${bytes.length} ${hash("md5", bytes)} ${baseUrl}${name}\n`;

/**
 * Writes slices into a folder, which is made if need be; zipped ones with the lists that GDELT
 * keeps beside them (they replace what is there).
 */
export async function writeSlices(
  folder: string,
  slices: Iterable<GeneratedSlice>,
  options: { readonly zipped: boolean },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lists = new Map<string, { all: string; last: string }>();
  for (const slice of slices) {
    const files = await packSlice(slice, options);
    for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
    const suffix = files.some(({ feed }) => feed.translation) ? "-translation" : "";
    const last = files.map((file) => fileListLine(file)).join("");
    lists.set(suffix, { all: (lists.get(suffix)?.all ?? "") + last, last });
  }
  if (!options.zipped) return;
  for (const [suffix, { all, last }] of lists) {
    await writeFile(join(folder, `masterfilelist${suffix}.txt`), all);
    await writeFile(join(folder, `lastupdate${suffix}.txt`), last);
  }
}
