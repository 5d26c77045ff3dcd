import { partitionName, type TopicPartition } from "../../../record/record-batch.ts";
import type { Committed } from "../../../runtime/ports.ts";
import { checkCode, type Request, WireWriter } from "./request.ts";

/**
 * OffsetFetch, version 7: the positions that a group has committed, by the name of the partition.
 * `onlyStable`: refused with UNSTABLE_OFFSET_COMMIT while a transaction is open, or just ending,
 * which has other positions for them.
 */
export function offsetFetchRequest(
  group: string,
  partitions: readonly TopicPartition[],
  onlyStable: boolean,
): Request<Map<string, Committed>> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)];
  const body = new WireWriter().compactString(group);
  body
    .compactList(topics, ([topic, of]) =>
      body
        .compactString(topic)
        .compactList(of, ({ partition }) => body.int32(partition))
        .noTags(),
    )
    .int8(onlyStable ? 1 : 0)
    .noTags();
  return {
    name: "OffsetFetch",
    key: 9,
    version: 7,
    isFlexible: true,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      const found = new Map<string, Committed>();
      answer.int32(); // Throttled.
      answer.compactList(() => {
        const topic = answer.compactString();
        answer.compactList(() => {
          const name = partitionName({ topic, partition: answer.int32() });
          const offset = answer.int64();
          answer.int32(); // Epoch of the leader.
          const metadata = answer.compactString();
          checkCode(answer.int16(), `the positions of group ${group} in ${name}`);
          answer.skipTags();
          if (offset >= 0) found.set(name, { offset, metadata });
        });
        answer.skipTags();
      });
      checkCode(answer.int16(), `the positions of group ${group}`);
      return found;
    },
  };
}
