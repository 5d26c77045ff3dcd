import { checkCode, type Request, WireWriter } from "./request.ts";

/** What the coordinator of a group knows a member by. */
export interface MemberIdentity {
  readonly group: string;
  /** Given by the coordinator; empty before it is. */
  readonly memberId: string;
  /** Counts how often the tasks have been shared out; -1 before the first time. */
  readonly generation: number;
  /** The name of a static member (KIP-345): its place is kept for it until the session runs out. */
  readonly instanceId: string | null;
}

const headOf = ({ group, memberId, generation, instanceId }: MemberIdentity): WireWriter =>
  new WireWriter().string(group).int32(generation).string(memberId).string(instanceId);

/**
 * SyncGroup, version 3: gives the assignments of all, if this member shares out, and brings its own.
 * It is answered when they are there; empty when there is none for it.
 */
export function syncGroupRequest(
  identity: MemberIdentity,
  assignments: ReadonlyMap<string, Uint8Array>,
  waitMs: number,
): Request<Uint8Array> {
  const body = headOf(identity);
  body.list([...assignments], ([memberId, assignment]) => body.string(memberId).blob(assignment));
  return {
    name: "SyncGroup",
    key: 14,
    version: 3,
    isFlexible: false,
    body: [body.bytes()],
    waitMs,
    read: (answer) => {
      answer.int32(); // Throttled.
      checkCode(answer.int16(), `the assignment of a member of group ${identity.group}`);
      return answer.blob();
    },
  };
}

/** Heartbeat, version 3. Refused with REBALANCE_IN_PROGRESS when all are to join anew. */
export const heartbeatRequest = (identity: MemberIdentity): Request<void> => ({
  name: "Heartbeat",
  key: 12,
  version: 3,
  isFlexible: false,
  body: [headOf(identity).bytes()],
  waitMs: 0,
  read: (answer) => {
    answer.int32(); // Throttled.
    checkCode(answer.int16(), `the heartbeat of a member of group ${identity.group}`);
  },
});

/** LeaveGroup, version 3. */
export function leaveGroupRequest({ group, memberId, instanceId }: MemberIdentity): Request<void> {
  const body = new WireWriter().string(group).int32(1).string(memberId).string(instanceId);
  return {
    name: "LeaveGroup",
    key: 13,
    version: 3,
    isFlexible: false,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      answer.int32(); // Throttled.
      checkCode(answer.int16(), `leaving group ${group}`);
      answer.list(() => {
        answer.string();
        answer.string();
        checkCode(answer.int16(), `leaving group ${group}`);
      });
    },
  };
}
