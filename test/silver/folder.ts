import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "../../src/ingest/slice-generator/random.ts";
import { zipOf } from "../../src/ingest/slice-generator/zip-writer.ts";
import type { Scenario } from "../simulation/scenario.ts";

/** A file of a slice, for a folder. */
export interface FolderFile {
  readonly name: string;
  readonly sliceMs: number;
  readonly bytes: Buffer;
}

/** All files of a scenario that can be read, in time order. */
export async function filesOf({ plainVisits, read }: Scenario): Promise<FolderFile[]> {
  const files = new Map<string, FolderFile>();
  for (const { sliceMs, files: paths } of plainVisits) {
    for (const path of paths.values()) {
      const file = await read(path).catch(() => null);
      if (file !== null) files.set(path, { name: file.name, sliceMs, bytes: file.bytes });
    }
  }
  return [...files.values()];
}

/** Writes files as GDELT publishes them, or unpacked; a few as both. */
export async function writeFiles(
  folder: string,
  files: readonly FolderFile[],
  random: Random,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, sliceMs, bytes } of files) {
    const form = random.next();
    if (form < 0.6) await writeFile(join(folder, name), bytes);
    if (form > 0.5) {
      await writeFile(join(folder, `${name}.zip`), await zipOf(name, bytes, sliceMs));
    }
  }
}
