import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConfigError, RetriableError } from "../../record/errors.ts";

/** Beside `src` and `dist` alike. */
const GOLD_PROJECT = fileURLToPath(new URL("../../../gold/", import.meta.url));
const INSTALLER = fileURLToPath(new URL("../../../scripts/gold-python", import.meta.url));

/** A Python with dbt, made at first use. @throws ConfigError when it cannot be made. */
export async function dbtPython(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(INSTALLER, { timeout: 600_000 });
    return stdout.trim();
  } catch (cause) {
    throw new ConfigError(
      "there is no Python with dbt, and scripts/gold-python could not make one: install what " +
        "gold/requirements.txt lists, and name that Python with --python",
      { cause },
    );
  }
}

/** What the models are: they are built anew when it differs from that of the last complete run. */
export async function projectPrint(): Promise<string> {
  const hash = createHash("sha256");
  const files = globSync("{dbt_project.yml,{models,macros,seeds}/**/*.{sql,yml,csv}}", {
    cwd: GOLD_PROJECT,
  });
  for (const file of files.sort())
    hash.update(file).update(await readFile(path.join(GOLD_PROJECT, file)));
  return hash.digest("hex");
}

/** What dbt says of a command. */
export interface DbtAnswer {
  readonly success: boolean;
  readonly failures: readonly DbtLine[];
  readonly warnings: readonly DbtLine[];
  readonly seconds: number;
}

export interface DbtLine {
  /** As `model.gdelt_gold.gold_instability_index`. */
  readonly node: string;
  readonly message: string;
}

export interface DbtOptions {
  readonly python: string;
  /** The DuckDB file. */
  readonly database: string;
  /** For what dbt keeps from one command to the next, and its log. */
  readonly folder: string;
}

interface RunningDbt {
  readonly commands: Writable;
  readonly answers: AsyncIterator<string>;
}

const placesIn = (folder: string): string[] => [
  ...["--project-dir", GOLD_PROJECT, "--profiles-dir", GOLD_PROJECT],
  ...["--target-path", path.join(folder, "target"), "--log-path", folder],
];

const environment = (database: string) => ({
  ...process.env,
  GOLD_DATABASE: database,
  DO_NOT_TRACK: "1",
});

/** One command for a person, who sees what dbt prints; its exit code. */
export async function typedDbt(
  { python, database, folder }: DbtOptions,
  args: readonly string[],
): Promise<number> {
  const child = spawn(python, ["-m", "dbt.cli.main", ...args, ...placesIn(folder)], {
    stdio: "inherit",
    env: environment(database),
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/**
 * dbt, in a process that stays for the next command (gold/build.py): the first one takes some ten
 * seconds longer. It ends when this process does, after the command at hand.
 */
export class Dbt {
  readonly #options: DbtOptions;
  #running: RunningDbt | null = null;

  constructor(options: DbtOptions) {
    this.#options = options;
  }

  /** @throws RetriableError when the process dies of it. */
  async command(...args: string[]): Promise<DbtAnswer> {
    const { folder } = this.#options;
    this.#running ??= await this.#start();
    const { commands, answers } = this.#running;
    commands.write(`${JSON.stringify([...args, ...placesIn(folder)])}\n`);
    const answer = await answers.next();
    if (answer.done !== true) return JSON.parse(answer.value) as DbtAnswer;
    this.#running = null;
    throw new RetriableError(`dbt has died; ${path.join(folder, "dbt.err")} has its last words`);
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    running.commands.end();
    await running.answers.next();
  }

  async #start(): Promise<RunningDbt> {
    const { python, database, folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const errors = await open(path.join(folder, "dbt.err"), "w");
    const child = spawn(python, [path.join(GOLD_PROJECT, "build.py")], {
      stdio: ["pipe", "pipe", errors.fd],
      env: environment(database),
    });
    const spawned = new Promise((resolve, reject) => {
      child.once("spawn", resolve).once("error", reject);
    });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error("dbt was started without pipes");
    // What is written to one that has died: the end of its answers says so.
    stdin.on("error", () => {});
    try {
      await spawned;
    } catch (cause) {
      throw new ConfigError(`${python} cannot be started`, { cause });
    } finally {
      await errors.close();
    }
    const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    return { commands: stdin, answers };
  }
}
