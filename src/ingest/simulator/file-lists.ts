import { parseSliceFileName } from "../../gdelt/feeds.ts";

/** What the lists have gained with the publication of a slice. */
export interface Publication {
  readonly slice: string;
  /** `<bytes> <md5> <name>`: lines without the address of the folder. */
  readonly lines: readonly string[];
}

export const LIST_NAMES = [
  "lastupdate.txt",
  "masterfilelist.txt",
  "lastupdate-translation.txt",
  "masterfilelist-translation.txt",
] as const;

export type ListName = (typeof LIST_NAMES)[number];

/** The four lists that stand beside the files, as far as slices have been published. */
export class FileLists {
  readonly #lines = new Map<ListName, string[]>(LIST_NAMES.map((name) => [name, []]));

  append({ slice, lines }: Publication): void {
    for (const translation of [false, true]) {
      const suffix = translation ? "-translation" : "";
      const added = lines.filter((line) => isTranslation(nameIn(line)) === translation);
      this.#lines.get(`masterfilelist${suffix}.txt`)!.push(...added);
      // Not those which correct or complete an earlier slice. A slice without files is none.
      const newest = added.filter((line) => nameIn(line).startsWith(slice));
      if (newest.length > 0) this.#lines.set(`lastupdate${suffix}.txt`, [...new Set(newest)]);
    }
  }

  /** With whole addresses; null as long as nothing is listed. */
  text(name: ListName, baseUrl: string): string | null {
    const lines = this.#lines.get(name)!;
    if (lines.length === 0) return null;
    return lines
      .map((line) => `${line.slice(0, nameAt(line))}${baseUrl}${nameIn(line)}\n`)
      .join("");
  }
}

const nameAt = (line: string): number => line.lastIndexOf(" ") + 1;
const nameIn = (line: string): string => line.slice(nameAt(line));
const isTranslation = (name: string): boolean =>
  parseSliceFileName(name)?.feed.endsWith(".translation") ?? false;
