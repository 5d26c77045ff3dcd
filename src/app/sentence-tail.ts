import { LRUCache } from "lru-cache";
import { decodeArrow } from "../record/arrow/batch-builder.ts";
import { type RecordBatch, recordsBytes } from "../record/record-batch.ts";
import type { Log } from "../runtime/ports.ts";

/** An event that has just become complete; what it does not say is null. */
export interface Told {
  readonly eventId: string;
  readonly sliceMs: number;
  readonly sentence: string;
  readonly mentionCount: number;
  /** Of its lead mention. */
  readonly article: string;
  readonly tone: number | null;
  readonly goldstein: number | null;
  readonly quadClass: number | null;
  /** Where it took place. */
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const READ_BYTES_MAX = 4 << 20;

/** Of a partition at once: who is further behind tells a sample, and goes on at the end. */
const TURN_BYTES_MAX = 16 << 20;

/** Events that are not told again when a later slice mentions them. */
const TOLD_MAX = 50_000;

/**
 * Follows the topic of Silver events from where it ends, and picks what a person may want to read.
 * It belongs to no group and commits nothing: what it misses, or sees twice, is nobody's loss.
 */
export class SentenceTail {
  readonly #log: Log;
  readonly #topic: string;
  readonly #positions: number[];
  readonly #told = new LRUCache<string, true>({ max: TOLD_MAX });

  private constructor(log: Log, topic: string, positions: number[]) {
    this.#log = log;
    this.#topic = topic;
    this.#positions = positions;
  }

  static async open(log: Log, topic: string): Promise<SentenceTail> {
    const partitions = await log.partitions(topic);
    const positions: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      positions.push((await log.bounds({ topic, partition })).end);
    }
    return new SentenceTail(log, topic, positions);
  }

  /** The events that have become complete since the last call that most mentions speak of, at most `most`. */
  async next(most: number): Promise<Told[]> {
    const found: Told[] = [];
    for (const [partition, position] of this.#positions.entries()) {
      const at = { topic: this.#topic, partition };
      let next = position;
      let bytes = 0;
      for (;;) {
        const records = await this.#log.read(at, next, READ_BYTES_MAX);
        if (records === null) break;
        bytes += recordsBytes(records);
        if (bytes > TURN_BYTES_MAX) {
          next = (await this.#log.bounds(at)).end;
          break;
        }
        for (const told of completed(records)) if (!this.#told.has(told.eventId)) found.push(told);
        next = records.nextOffset;
      }
      this.#positions[partition] = next;
    }
    for (const { eventId } of found) this.#told.set(eventId, true);
    found.sort((a, b) => b.mentionCount - a.mentionCount);
    // An article often tells of several events, in nearly the same words.
    const articles = new Set<string>();
    const others = found.filter(({ article }) => articles.size < articles.add(article).size);
    return others.slice(0, most);
  }
}

/** Complete events of a batch: also those that are only mentioned again. */
function* completed({ bytes, starts, ends, length }: RecordBatch): Generator<Told> {
  for (let i = 0; i < length; i++) {
    // Copied, since Arrow wants its buffers aligned.
    for (const rows of decodeArrow(bytes.slice(starts[i], ends[i]))) {
      const column = (name: string) => rows.getChild(name)!;
      const status = column("status");
      for (let row = 0; row < rows.numRows; row++) {
        if (status.get(row) !== "SILVER_COMPLETE") continue;
        yield {
          eventId: String(column("global_event_id").get(row)),
          sliceMs: Number(column("slice").get(row)),
          sentence: String(column("sentence").get(row)),
          mentionCount: column("mention_count").get(row) as number,
          article: String(column("lead_identifier").get(row)),
          tone: column("avg_tone").get(row) as number | null,
          goldstein: column("goldstein_scale").get(row) as number | null,
          quadClass: column("quad_class").get(row) as number | null,
          country: column("action_geo_country_code").get(row) as string | null,
          latitude: column("action_geo_lat").get(row) as number | null,
          longitude: column("action_geo_long").get(row) as number | null,
        };
      }
    }
  }
}
