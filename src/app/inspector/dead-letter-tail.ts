import { type JsonRow, jsonRow } from "../../gdelt/json-row.ts";
import { deadLetterSchema } from "../../gdelt/silver-schema.ts";
import type { DeadLetterSample } from "../../inspector/dead-letter-sample.ts";
import { decodeArrow } from "../../record/arrow/batch-builder.ts";
import type { RecordBatch } from "../../record/record-batch.ts";
import type { Log } from "../../runtime/ports.ts";
import { DEAD_LETTER_TOPIC } from "../../silver/dead-letter-table.ts";

export const SAMPLES_MAX = 200;
const TEXT_LENGTH_MAX = 500;

/** How far back is looked in each partition at first: days, since slices leave marks there. */
const LOOK_BACK_OFFSETS = 5000;
const READ_BYTES_MAX = 1024 * 1024;

/**
 * The newest dead letters of the application, out of their topic: those from before a restart too, and
 * those of all replicas. It belongs to no group and commits nothing.
 */
export class DeadLetterTail {
  readonly #log: Log;
  readonly #positions = new Map<number, number>();
  /** Newest first. */
  #kept: readonly DeadLetterSample[] = [];
  #reading: Promise<void> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Newest first. Who asks while it reads waits for the same. */
  async newest(limit: number): Promise<readonly DeadLetterSample[]> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    return this.#kept.slice(0, limit);
  }

  async #read(): Promise<void> {
    const partitions = await this.#log.partitions(DEAD_LETTER_TOPIC);
    for (let partition = 0; partition < partitions; partition++) await this.#follow(partition);
  }

  async #follow(partition: number): Promise<void> {
    const at = { topic: DEAD_LETTER_TOPIC, partition };
    const { start, end } = await this.#log.bounds(at);
    const first = Math.max(start, end - LOOK_BACK_OFFSETS);
    let next = Math.max(first, this.#positions.get(partition) ?? first);
    while (next < end) {
      const records = await this.#log.read(at, next, READ_BYTES_MAX);
      if (records === null) break;
      this.#keep(samplesOf(records));
      next = records.nextOffset;
    }
    this.#positions.set(partition, next);
  }

  #keep(found: readonly DeadLetterSample[]): void {
    if (found.length === 0) return;
    const all = [...found.toReversed(), ...this.#kept];
    this.#kept = all.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, SAMPLES_MAX);
  }
}

function samplesOf({ bytes, starts, ends, length }: RecordBatch): DeadLetterSample[] {
  const samples: DeadLetterSample[] = [];
  for (let i = 0; i < length; i++) {
    // Copied, since Arrow wants its buffers aligned.
    for (const batch of decodeArrow(bytes.slice(starts[i], ends[i]))) {
      const from = Math.max(0, batch.numRows - SAMPLES_MAX);
      for (let row = from; row < batch.numRows; row++) {
        const value = (name: string) => batch.getChild(name)?.get(row);
        samples.push(sampleOf(jsonRow(deadLetterSchema, value), value("raw") as Uint8Array));
      }
    }
  }
  return samples;
}

function sampleOf(row: JsonRow, raw: Uint8Array): DeadLetterSample {
  const said = row["reason"] as string;
  const isFile = row["topic"] === null;
  const [code, ...rest] = said.split(":");
  return {
    stream: row["feed"] as string,
    reason: isFile ? "file" : code!,
    detail: (isFile ? said : rest.join(":").trim()).slice(0, TEXT_LENGTH_MAX),
    topic: row["topic"] as string | null,
    partition: row["partition"] as number | null,
    offset: row["offset"] as number | null,
    slice: row["slice"] as string | null,
    at: row["seen_at"] as string,
    text: Buffer.from(raw.subarray(0, 4 * TEXT_LENGTH_MAX))
      .toString()
      .slice(0, TEXT_LENGTH_MAX),
    bytes: raw.length,
  };
}
