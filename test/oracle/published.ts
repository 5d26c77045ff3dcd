import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonReaders } from "../python-readers.ts";

const script = fileURLToPath(new URL("published.py", import.meta.url));

export interface PublishedReport {
  readonly equal: boolean;
  /** Rows of each feed in its table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The first few, each with its place. */
  readonly differences: readonly string[];
}

/**
 * Holds the Bronze tables of `out` against the files of `slices`, all of which were published once:
 * every column and the bytes of every row, in a process of its own, which shares no code with us.
 * @throws where there is no Python with the readers: ask `pythonReaders` first, and skip.
 */
export async function compareWithPublished(slices: string, out: string): Promise<PublishedReport> {
  const python = await pythonReaders();
  if (python === null) throw new Error("this needs scripts/python-readers, which failed");
  const { stdout } = await promisify(execFile)(python, [script, slices, out]);
  return JSON.parse(stdout) as PublishedReport;
}
