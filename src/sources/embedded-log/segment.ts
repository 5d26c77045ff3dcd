import { join } from "node:path";
import { ConfigError } from "../../record/errors.ts";
import type { FileSystem, LogFile } from "./file-system.ts";
import { sealFrame } from "./frame.ts";
import { type Commit, encodeCommit } from "./journal-state.ts";

/** One file of the journal, open for reading and, if it is the last, for writing. */
export interface Segment {
  /** Grows by one from file to file. */
  readonly id: number;
  readonly path: string;
  readonly file: LogFile;
  /** Bytes of the snapshot which it begins with. */
  readonly headBytes: number;
  /** Bytes that are in use: in the last segment, where the next frame goes. */
  bytes: number;
}

const namePattern = /^(\d{10})\.journal$/;

export const segmentPath = (folder: string, id: number): string =>
  join(folder, `${String(id).padStart(10, "0")}.journal`);

/** Ids of the segments in a folder, in order. */
export async function segmentIds(files: FileSystem, folder: string): Promise<number[]> {
  const names = await files.list(folder);
  const ids = names.flatMap((name) => namePattern.exec(name)?.[1] ?? []);
  return ids.map(Number).sort((a, b) => a - b);
}

/** A new segment which begins with a snapshot, and is on the disk with it. */
export async function createSegment(
  files: FileSystem,
  folder: string,
  id: number,
  snapshot: Commit,
): Promise<Segment> {
  const path = segmentPath(folder, id);
  const file = await files.open(path, "empty");
  try {
    const frame = encodeCommit({ ...snapshot, durableTo: 0 });
    sealFrame(frame, { segment: id, position: 0 });
    await file.write(frame.parts, 0);
    await file.sync();
    await files.syncFolder(folder);
    return { id, path, file, headBytes: frame.bytes, bytes: frame.bytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Somebody has to act: no retry makes the bytes right. */
export const damaged = (path: string, position: number): ConfigError =>
  new ConfigError(
    `the journal ${path} is damaged at byte ${position}, in what was committed: ` +
      "restore the folder from a copy, or remove it to begin with nothing",
  );
