import type { TopicPartition } from "../../../record/record-batch.ts";
import type { FetchedRecords } from "../records/decode-fetched.ts";
import { checkCode, type Request, WireWriter } from "./request.ts";

export interface FetchPartition {
  readonly at: TopicPartition;
  readonly offset: number;
}

export interface FetchLimits {
  /** How long the broker waits for a first record. */
  readonly waitMs: number;
  /** Of each partition; a batch that is larger comes whole all the same, if it is the first. */
  readonly partitionBytesMax: number;
  readonly responseBytesMax: number;
}

export interface FetchedPartition extends FetchedRecords {
  /** Of Kafka's table; 0 is success. */
  readonly errorCode: number;
  /** The offset up to which records are final, one way or the other. */
  readonly stableEnd: number;
}

const READ_COMMITTED = 1;

/**
 * Fetch, version 11: committed records of several partitions, each named once, from their leader.
 * Those named first are served first when the answer gets too long for all.
 */
export function fetchRequest(
  partitions: readonly FetchPartition[],
  { waitMs, partitionBytesMax, responseBytesMax }: FetchLimits,
): Request<FetchedPartition[]> {
  const fromOffsets = new Map(partitions.map(({ at, offset }) => [nameOf(at), offset]));
  const body = new WireWriter()
    .int32(-1) // Not a replica.
    .int32(waitMs)
    .int32(1)
    .int32(responseBytesMax)
    .int8(READ_COMMITTED)
    .int32(0) // No session:
    .int32(-1);
  body
    .list(partitions, ({ at, offset }) =>
      body
        .string(at.topic)
        .int32(1)
        .int32(at.partition)
        .int32(-1) // Whatever epoch the leader has.
        .int64(offset)
        .int64(-1)
        .int32(partitionBytesMax),
    )
    .int32(0) // Nothing to forget.
    .string("");
  return {
    name: "Fetch",
    key: 1,
    version: 11,
    isFlexible: false,
    body: [body.bytes()],
    waitMs,
    read: (answer) => {
      answer.int32(); // Throttled.
      checkCode(answer.int16(), "a fetch");
      answer.int32(); // Session.
      const topics = answer.list(() => {
        const topic = answer.string();
        return answer.list((): FetchedPartition => {
          const at = { topic, partition: answer.int32() };
          const errorCode = answer.int16();
          answer.int64(); // High watermark.
          const stableEnd = answer.int64();
          answer.int64(); // Start of the log.
          const aborted = answer.list(() => ({
            producerId: answer.int64(),
            firstOffset: answer.int64(),
          }));
          answer.int32(); // A replica that we might prefer.
          const fromOffset = fromOffsets.get(nameOf(at)) ?? 0;
          return { at, fromOffset, errorCode, stableEnd, aborted, bytes: answer.blob() };
        });
      });
      return topics.flat();
    },
  };
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
