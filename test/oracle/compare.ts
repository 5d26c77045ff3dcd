import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pythonReaders } from "../python-readers.ts";

/** What to hold against what. */
export interface OracleCase {
  /** Folder of slice files, zipped or not; everything in it is expected. */
  readonly slices: string;
  /** Folder of the Delta tables; without it only the counts are worked out. */
  readonly out?: string;
  /** Whether the stream has ended: what still waits has expired. */
  readonly closed?: boolean;
  /** Retention of events, 8 days by default. */
  readonly retentionMs?: number;
  /** Folder to write the expected tables to, as Delta. */
  readonly writeExpected?: string;
}

export interface Difference {
  /** `silver/events`, `silver/mentions`, `audit/lifecycle` or `dead_letter`. */
  readonly table: string;
  readonly kind: "schema" | "doubled" | "missing" | "extra" | "column";
  readonly key: string;
  readonly column: string | null;
  readonly expected: string | null;
  readonly found: string | null;
}

export interface Report {
  readonly equal: boolean;
  /** What the batch join found in the slices: rows, joined, orphans by reason, complete, … */
  readonly counts: Readonly<Record<string, number>>;
  /** The first few differences of each table and column; `message` tells how many there are. */
  readonly differences: readonly Difference[];
  /** For an assertion: one line per difference. */
  readonly message: string;
}

/** A running batch oracle: many small cases without starting Python for each. */
export interface Oracle {
  /** @throws when the slices or tables cannot be read; differences are in the report. */
  check(what: OracleCase): Promise<Report>;
  close(): Promise<void>;
}

const script = fileURLToPath(new URL("oracle.py", import.meta.url));
const DAY_MS = 86_400_000;

/** Holds the Delta tables of `out` against the batch join of `slices`, in a process of its own. */
export async function compareWithOracle(
  what: OracleCase & { readonly out: string },
): Promise<Report> {
  const oracle = await openOracle();
  try {
    return await oracle.check(what);
  } finally {
    await oracle.close();
  }
}

/** @throws where there is no Python with the readers: ask `pythonReaders` first, and skip. */
export async function openOracle(): Promise<Oracle> {
  const python = await pythonReaders();
  if (python === null) throw new Error("the oracle needs scripts/python-readers, which failed");
  return new OracleProcess(spawn(python, [script, "--batch", "-", "--json"]));
}

interface Waiting {
  readonly resolve: (report: Report) => void;
  readonly reject: (reason: Error) => void;
}

class OracleProcess implements Oracle {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #exited: Promise<void>;
  /** Answers come in the order of the questions. */
  readonly #waiting: Waiting[] = [];
  #complaint = "";
  #ended: Error | null = null;

  constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process;
    // An oracle that died says so on its standard error; the broken pipe adds nothing.
    process.stdin.on("error", () => {});
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000);
    });
    createInterface(process.stdout).on("line", (line) => this.#answer(line));
    this.#exited = new Promise((resolve) => {
      process.once("error", (cause) => this.#fail(cause, resolve));
      process.once("close", () => this.#fail(undefined, resolve));
    });
  }

  check(what: OracleCase): Promise<Report> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<Report>();
    this.#waiting.push({ resolve, reject });
    const line = {
      slices: what.slices,
      out: what.out ?? null,
      closed: what.closed ?? false,
      retention_days: (what.retentionMs ?? 8 * DAY_MS) / DAY_MS,
      write_expected: what.writeExpected ?? null,
    };
    this.#process.stdin.write(`${JSON.stringify(line)}\n`);
    return promise;
  }

  close(): Promise<void> {
    this.#process.stdin.end();
    return this.#exited;
  }

  #answer(line: string): void {
    const { resolve, reject } = this.#waiting.shift()!;
    const report = JSON.parse(line) as Report & { readonly error?: string };
    if (report.error === undefined) resolve(report);
    else reject(new Error(`the oracle cannot read its case: ${report.error}`));
  }

  #fail(cause: Error | undefined, done: () => void): void {
    this.#ended ??= new Error(`the oracle ended without an answer: ${this.#complaint}`, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    done();
  }
}
