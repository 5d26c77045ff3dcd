import { partitionName } from "../../../record/record-batch.ts";
import type { OffsetCommit } from "../../../runtime/ports.ts";
import type { MemberIdentity } from "./member-requests.ts";
import { checkCode, type Request, WireWriter } from "./request.ts";

/** Who commits to a group that has no members: anybody may. */
export const nobodyOf = (group: string): MemberIdentity => ({
  group,
  memberId: "",
  generation: -1,
  instanceId: null,
});

/**
 * OffsetCommit, version 7: positions outside of a transaction. A group that has members takes them
 * from a member of the current generation only.
 */
export function offsetCommitRequest(
  { group, generation, memberId, instanceId }: MemberIdentity,
  positions: readonly OffsetCommit[],
): Request<void> {
  const topics = [...Map.groupBy(positions, ({ topic }) => topic)];
  const body = new WireWriter().string(group).int32(generation).string(memberId).string(instanceId);
  body.list(topics, ([topic, of]) =>
    body.string(topic).list(of, ({ partition, offset, metadata }) =>
      body
        .int32(partition)
        .int64(offset)
        .int32(-1) // Whatever epoch the leader has.
        .string(metadata),
    ),
  );
  return {
    name: "OffsetCommit",
    key: 8,
    version: 7,
    isFlexible: false,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      answer.int32(); // Throttled.
      answer.list(() => {
        const topic = answer.string();
        answer.list(() => {
          const name = partitionName({ topic, partition: answer.int32() });
          checkCode(answer.int16(), `the position of group ${group} in ${name}`);
        });
      });
    },
  };
}
