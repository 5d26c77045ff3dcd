import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { SILVER_TOPICS } from "../../src/silver/silver-topology.ts";
import type { KafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import { type Answer, AnswerSum } from "./answer.ts";

const READ_BYTES_MAX = 4 << 20;

/** A mention as it was written last; null: it has not both sides. */
interface Newest {
  readonly revision: number;
  readonly key: string | null;
}

/** What we have written into the Silver topic: of a mention the newest revision. */
export async function silverOfOurs(log: KafkaLog): Promise<Answer> {
  const newest = new Map<string, Newest>();
  const topic = SILVER_TOPICS.mentions;
  for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
    const at = { topic, partition };
    const { start, end } = await log.bounds(at);
    for (let offset = start; offset < end; ) {
      const batch = await log.read(at, offset, READ_BYTES_MAX);
      if (batch === null) break;
      for (let row = 0; row < batch.length; row++) {
        take(batch.bytes.slice(batch.starts[row], batch.ends[row]), newest);
      }
      offset = batch.nextOffset;
    }
  }
  const sum = new AnswerSum();
  for (const { key } of newest.values()) if (key !== null) sum.add(key);
  return sum.answer;
}

function take(stream: Uint8Array, newest: Map<string, Newest>): void {
  for (const rows of decodeArrow(stream)) {
    const column = (name: string) => rows.getChild(name)!;
    const [mention, revision] = [column("mention_key"), column("revision")];
    const [event, document, record] = [
      column("global_event_id"),
      column("mention_identifier"),
      column("gkg_record_id"),
    ];
    const joined = column("event_joined");
    for (let row = 0; row < rows.numRows; row++) {
      const known = newest.get(mention.get(row));
      if (known && known.revision >= revision.get(row)) continue;
      const hasBoth = joined.get(row) && record.get(row) !== null;
      const key = `${event.get(row)}\t${document.get(row)}\t${record.get(row)}`;
      newest.set(mention.get(row), { revision: revision.get(row), key: hasBoth ? key : null });
    }
  }
}
