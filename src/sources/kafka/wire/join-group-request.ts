import { CODE } from "./kafka-errors.ts";
import type { MemberIdentity } from "./member-requests.ts";
import { checkCode, type Request, WireWriter } from "./request.ts";

/** The kind of group that Kafka's own tools show the members of. */
const PROTOCOL_TYPE = "consumer";

export interface JoinTerms {
  /** A member that is silent for longer is given up. */
  readonly sessionTimeoutMs: number;
  /** How long the coordinator waits for the others to join as well. */
  readonly rebalanceTimeoutMs: number;
  /** How the tasks are shared out: all members have to offer the same. */
  readonly protocol: string;
  /** What the member that shares out has to know of this one. */
  readonly metadata: Uint8Array;
}

export interface JoinAnswer {
  /** false: it has only been given an id, and asks once more with it. */
  readonly isIn: boolean;
  readonly memberId: string;
  readonly generation: number;
  /** Of all members, when this one is to share out; empty for the others. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** JoinGroup, version 5. It is answered when all members have joined. */
export function joinGroupRequest(
  { group, memberId, instanceId }: MemberIdentity,
  { sessionTimeoutMs, rebalanceTimeoutMs, protocol, metadata }: JoinTerms,
): Request<JoinAnswer> {
  const body = new WireWriter()
    .string(group)
    .int32(sessionTimeoutMs)
    .int32(rebalanceTimeoutMs)
    .string(memberId)
    .string(instanceId)
    .string(PROTOCOL_TYPE)
    .int32(1)
    .string(protocol)
    .blob(metadata);
  return {
    name: "JoinGroup",
    key: 11,
    version: 5,
    isFlexible: false,
    body: [body.bytes()],
    waitMs: rebalanceTimeoutMs,
    read: (answer) => {
      answer.int32(); // Throttled.
      const code = answer.int16();
      const isIn = code !== CODE.MEMBER_ID_REQUIRED;
      if (isIn) checkCode(code, `a member of group ${group}`);
      const generation = answer.int32();
      answer.string(); // The protocol.
      answer.string(); // Who shares out: whoever is given the others' metadata.
      const given = answer.string();
      const members = answer.list((): [string, Uint8Array] => {
        const id = answer.string();
        answer.string(); // Its static name.
        return [id, answer.blob()];
      });
      return { isIn, memberId: given, generation, metadata: new Map(members) };
    },
  };
}
