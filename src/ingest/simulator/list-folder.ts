import { appendFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseStamp } from "../../gdelt/feeds.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import type { Publication } from "./file-lists.ts";

/** What the lines depend on, in the words of the command line. */
export type RunSettings = Readonly<Record<string, string | number | boolean>>;

const FILE = "publications.jsonl";

/**
 * The lines of the lists on the disk, so that a simulator that is started again has the whole history
 * without generating it: a line of JSON with the run's settings, and one for each published slice, in
 * order. A line that was cut off when the process was killed is forgotten: it will be the same again.
 */
export class ListFolder {
  readonly #path: string;
  /** What the folder held when it was opened. */
  readonly publications: readonly Publication[];

  private constructor(path: string, publications: readonly Publication[]) {
    this.#path = path;
    this.publications = publications;
  }

  /**
   * Makes the folder if need be.
   * @throws ConfigError when it cannot be used: it holds the lists of a run with other settings,
   * something else, or is no folder.
   */
  static async open(folder: string, settings: RunSettings): Promise<ListFolder> {
    const path = join(folder, FILE);
    const whole = await readWhole(folder, path);
    if (whole === "") {
      await writeFile(path, `${JSON.stringify(settings)}\n`);
      return new ListFolder(path, []);
    }
    const [header, ...publications] = parseLines(path, whole);
    refuseOthers(path, header as RunSettings, settings);
    return new ListFolder(path, publications as Publication[]);
  }

  async append(publication: Publication): Promise<void> {
    try {
      await appendFile(this.#path, `${JSON.stringify(publication)}\n`);
    } catch (cause) {
      throw new RetriableError(`cannot write ${this.#path}`, { cause });
    }
  }
}

/** The whole lines of the file, empty if there is none; takes away what was cut off. */
async function readWhole(folder: string, path: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    const text = await readFile(path, { encoding: "utf8", flag: "a+" });
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) await truncate(path, Buffer.byteLength(whole));
    return whole;
  } catch (cause) {
    throw new ConfigError(`--folder ${folder} cannot be used`, { cause });
  }
}

function parseLines(path: string, text: string): unknown[] {
  try {
    const [header, ...publications] = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    for (const { slice, lines } of publications) {
      if (parseStamp(slice) === null || !Array.isArray(lines)) throw new Error(`slice ${slice}`);
    }
    return [header, ...publications];
  } catch (cause) {
    const problem = `${path} is not what a simulator has written: remove it, or give another folder`;
    throw new ConfigError(problem, { cause });
  }
}

function refuseOthers(path: string, found: RunSettings, wanted: RunSettings): void {
  const others = Object.keys({ ...found, ...wanted }).filter(
    (name) => found[name] !== wanted[name],
  );
  if (others.length === 0) return;
  const list = others.map((name) => `${name} ${found[name]}, now ${wanted[name]}`).join("; ");
  throw new ConfigError(
    `${path} has the lists of a run with other settings (${list}): ` +
      "use the same, or another folder",
  );
}
