import type { TopicPartition } from "../../../src/record/record-batch.ts";
import { checkCode, type Request, WireWriter } from "../../../src/sources/kafka/wire/request.ts";

/** What a broker gives of one partition to who wants to see everything. */
export interface Fetched {
  readonly highWatermark: number;
  /** Up to where readers of committed records get. */
  readonly stableEnd: number;
  readonly start: number;
  readonly bytes: Uint8Array;
}

const READ_UNCOMMITTED = 0;
const BYTES_MAX = 8 << 20;

/** Fetch, version 11, of one partition: records of transactions that were aborted or are open, too. */
export function fetchAllRequest(
  { topic, partition }: TopicPartition,
  offset: number,
): Request<Fetched> {
  const body = new WireWriter()
    .int32(-1) // Not a replica.
    .int32(0)
    .int32(1)
    .int32(BYTES_MAX)
    .int8(READ_UNCOMMITTED)
    .int32(0) // No session:
    .int32(-1)
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(partition)
    .int32(-1) // Whatever epoch the leader has.
    .int64(offset)
    .int64(-1)
    .int32(BYTES_MAX)
    .int32(0) // Nothing to forget.
    .string("");
  return {
    name: "Fetch",
    key: 1,
    version: 11,
    isFlexible: false,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      answer.int32(); // Throttled.
      checkCode(answer.int16(), "a fetch");
      answer.int32(); // Session.
      answer.int32(); // One topic,
      answer.string();
      answer.int32(); // one partition.
      answer.int32();
      checkCode(answer.int16(), `a fetch of ${topic}-${partition}`);
      const highWatermark = answer.int64();
      const stableEnd = answer.int64();
      const start = answer.int64();
      answer.list(() => [answer.int64(), answer.int64()]); // Aborted: none is told here.
      answer.int32(); // A replica that we might prefer.
      return { highWatermark, stableEnd, start, bytes: answer.blob() };
    },
  };
}
