import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../../src/record/errors.ts";
import { pythonReaders } from "../../test/python-readers.ts";

/** How many records a join has, and their checksum: `answer.py` says of what. */
export interface Answer {
  readonly count: number;
  readonly checksum: string;
}

const script = path.join(import.meta.dirname, "answer.py");

/** Of a folder of slices by the batch oracle, of a Parquet file, of a Delta table. */
export async function answerOf(
  kind: "slices" | "parquet" | "delta",
  place: string,
): Promise<Answer> {
  const { stdout } = await promisify(execFile)(await readers(), [script, kind, place]);
  return JSON.parse(stdout) as Answer;
}

/** The Python with DuckDB and delta-rs. */
export async function readers(): Promise<string> {
  const python = await pythonReaders();
  if (python === null) throw new ConfigError("scripts/python-readers has failed: run it by hand");
  return python;
}

/** The same of records as they are read, one at a time. */
export class AnswerSum {
  #count = 0;
  #sum = 0n;

  /** @param key event id, document and GKG record id, with tabs between. */
  add(key: string | Uint8Array): void {
    this.#count++;
    this.#sum += BigInt(`0x${hash("md5", key, "hex").slice(0, 15)}`);
  }

  get answer(): Answer {
    return { count: this.#count, checksum: String(BigInt.asUintN(64, this.#sum)) };
  }
}
