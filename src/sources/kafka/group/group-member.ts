import type { Clock } from "../../../record/clock.ts";
import type { Cluster } from "../wire/cluster.ts";
import { type JoinAnswer, joinGroupRequest } from "../wire/join-group-request.ts";
import { passes } from "../wire/kafka-errors.ts";
import {
  heartbeatRequest,
  leaveGroupRequest,
  type MemberIdentity,
  syncGroupRequest,
} from "../wire/member-requests.ts";
import type { Request } from "../wire/request.ts";
import { PROTOCOL } from "./consumer-protocol.ts";

export interface MemberSettings {
  /** A member that is silent for longer is given up. */
  readonly sessionTimeoutMs: number;
  /** How long the others wait for one that has been asked to join anew. */
  readonly rebalanceTimeoutMs: number;
  /** Of a static member; null for one that is a new one whenever it starts. */
  readonly groupInstanceId: string | null;
}

const NOBODY = { memberId: "", generation: -1 };

/** What a member asks of its coordinator, and who it is by the last answer. */
export class GroupMember {
  readonly #cluster: Cluster;
  readonly #settings: MemberSettings;
  readonly #clock: Clock;
  #identity: MemberIdentity;
  #heardMs: number;

  constructor(cluster: Cluster, group: string, settings: MemberSettings, clock: Clock) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#clock = clock;
    this.#identity = { ...NOBODY, group, instanceId: settings.groupInstanceId };
    this.#heardMs = clock.nowMs();
  }

  get identity(): MemberIdentity {
    return this.#identity;
  }

  /** Nothing has been heard for so long that the coordinator must have given it up. */
  get isSilent(): boolean {
    return this.#clock.nowMs() - this.#heardMs >= this.#settings.sessionTimeoutMs;
  }

  /** The coordinator does not know it any more: it joins as somebody new. */
  forget(): void {
    this.#identity = { ...this.#identity, ...NOBODY };
  }

  /** Waits until all members have joined. */
  async join(metadata: Uint8Array): Promise<JoinAnswer> {
    const terms = { ...this.#settings, protocol: PROTOCOL, metadata };
    for (;;) {
      const answer = await this.#ask("joining", joinGroupRequest(this.#identity, terms));
      const { memberId, generation, isIn } = answer;
      this.#identity = { ...this.#identity, memberId, generation };
      if (isIn) return answer;
    }
  }

  /** Its own assignment; it gives those of all, if it is the one to share out. */
  sync(assignments: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
    const { rebalanceTimeoutMs } = this.#settings;
    const request = syncGroupRequest(this.#identity, assignments, rebalanceTimeoutMs);
    return this.#ask("being assigned the tasks", request);
  }

  heartbeat(): Promise<void> {
    return this.#ask("keeping the session", heartbeatRequest(this.#identity));
  }

  leave(): Promise<void> {
    return this.#ask("leaving", leaveGroupRequest(this.#identity));
  }

  #ask<T>(what: string, request: Request<T>): Promise<T> {
    const { group } = this.#identity;
    return this.#cluster.attempt(
      `${what} in group ${group}`,
      () => this.#cluster.coordinator("group", group),
      async (broker) => {
        try {
          const answer = await broker.send(request);
          this.#heardMs = this.#clock.nowMs();
          return answer;
        } catch (error) {
          // While the coordinator holds an answer back the session does not run.
          if (request.waitMs > 0 || !passes(error)) this.#heardMs = this.#clock.nowMs();
          throw error;
        }
      },
    );
  }
}
