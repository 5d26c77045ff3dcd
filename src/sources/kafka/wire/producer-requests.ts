import type { TopicPartition } from "../../../record/record-batch.ts";
import { checkCode, type Request, WireWriter } from "./request.ts";

/** What a broker knows a producer by. A higher epoch shuts out the lower ones. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Written to the disks of all replicas in sync. */
const ALL_REPLICAS = -1;

/** Produce, version 7: one record batch to the leader of its partition. */
export function produceRequest(
  transactionalId: string | null,
  { topic, partition }: TopicPartition,
  batch: Uint8Array,
  timeoutMs: number,
): Request<void> {
  const head = new WireWriter()
    .string(transactionalId)
    .int16(ALL_REPLICAS)
    .int32(timeoutMs)
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(partition)
    .int32(batch.length);
  return {
    name: "Produce",
    key: 0,
    version: 7,
    isFlexible: false,
    body: [head.bytes(), batch],
    waitMs: timeoutMs,
    read: (answer) => {
      answer.list(() => {
        answer.string();
        return answer.list(() => {
          answer.int32();
          checkCode(answer.int16(), `records of ${topic}-${partition}`);
          answer.int64(); // Base offset.
          answer.int64(); // Append time.
          answer.int64(); // Start of the log.
        });
      });
    },
  };
}

/**
 * InitProducerId, version 4: takes a transactional id over. With `own` the next epoch is asked for
 * by its owner: if there is another owner by now it is refused, and nobody is shut out. Without a
 * transactional id it is an identity that nobody has had.
 */
export function initProducerIdRequest(
  transactionalId: string | null,
  transactionTimeoutMs: number,
  own: ProducerIdentity | null,
): Request<ProducerIdentity> {
  const body = new WireWriter()
    .compactString(transactionalId)
    .int32(transactionTimeoutMs)
    .int64(own?.producerId ?? -1)
    .int16(own?.producerEpoch ?? -1)
    .noTags();
  return {
    name: "InitProducerId",
    key: 22,
    version: 4,
    isFlexible: true,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      answer.int32(); // Throttled.
      checkCode(
        answer.int16(),
        transactionalId === null ? "a new producer" : `the producer ${transactionalId}`,
      );
      return { producerId: answer.int64(), producerEpoch: answer.int16() };
    },
  };
}
