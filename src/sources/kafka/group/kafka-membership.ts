import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../../record/clock.ts";
import { RetriableError } from "../../../record/errors.ts";
import type { GroupEvent, JoinOptions, Membership } from "../../../runtime/group.ts";
import { Cluster, type ClusterSettings } from "../wire/cluster.ts";
import { CODE, codeOf } from "../wire/kafka-errors.ts";
import { leaveGroupRequest, type MemberIdentity } from "../wire/member-requests.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "./consumer-protocol.ts";
import { GroupMember, type MemberSettings } from "./group-member.ts";

export interface MembershipSettings extends MemberSettings {
  readonly heartbeatIntervalMs: number;
  /** A member that has not been polled for longer leaves: its process hangs. */
  readonly maxPollIntervalMs: number;
}

/** Until the coordinator is asked again, when it could not answer. */
const RETRY_MS = 200;
const LEAVE_MS_MAX = 5000;

/**
 * A member of one of Kafka's own consumer groups, by the classic protocol. One loop on connections
 * of its own: it joins, is assigned tasks, and keeps the session, over and over. Whatever happens
 * to the coordinator, it stays a member for as long as the session can have lasted.
 */
export class KafkaMembership implements Membership {
  readonly #connections: ClusterSettings;
  readonly #cluster: Cluster;
  readonly #settings: MembershipSettings;
  readonly #options: JoinOptions;
  readonly #clock: Clock;
  readonly #member: GroupMember;
  readonly #running: Promise<void>;
  /** At most two: an assignment, and that it is being replaced; or a loss. */
  #events: GroupEvent[] = [];
  #failure: unknown = null;
  #isLeaving = false;
  #left: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #polledMs: number;
  /** How often this member wanted the tasks to be shared out. */
  #round = 0;
  #isWanted = true;
  /** From its wish to join until it is assigned something. */
  #isSharing = false;
  #isAssigned = false;
  /** Only when the loss has been dealt with is it true again what the member says of itself. */
  #loss: "none" | "untold" | "told" = "none";

  constructor(
    connections: ClusterSettings,
    settings: MembershipSettings,
    options: JoinOptions,
    clock: Clock,
  ) {
    // A request which is not answered must not take as long as a session; each is tried once, and
    // then it is seen what is left of the session.
    const timeoutMs = Math.ceil(settings.sessionTimeoutMs / 2);
    this.#connections = {
      ...connections,
      requestTimeoutMs: Math.min(connections.requestTimeoutMs, timeoutMs),
      connectTimeoutMs: Math.min(connections.connectTimeoutMs, timeoutMs),
      patienceMs: 0,
    };
    this.#cluster = new Cluster(this.#connections);
    this.#settings = settings;
    this.#options = options;
    this.#clock = clock;
    this.#member = new GroupMember(this.#cluster, options.group, settings, clock);
    this.#polledMs = clock.nowMs();
    this.#running = Promise.resolve().then(() => this.#run());
  }

  /** Who it is at present, for those who commit positions as a member. */
  get identity(): MemberIdentity {
    return this.#member.identity;
  }

  get isSharing(): boolean {
    return this.#isSharing;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  poll(): GroupEvent | null {
    if (this.#failure !== null) throw this.#failure;
    this.#polledMs = this.#clock.nowMs();
    if (this.#loss === "told") {
      this.#loss = "none";
      this.#wakeUp();
    }
    const event = this.#events.shift() ?? null;
    if (event?.kind === "lost") this.#loss = "told";
    return event;
  }

  rejoin(): void {
    this.#round++;
    this.#isWanted = true;
    this.#wakeUp();
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async #leave(): Promise<void> {
    this.#isLeaving = true;
    this.#wakeUp();
    await this.#cluster.close();
    await this.#running;
    this.#events = [];
    const { group, memberId, instanceId } = this.identity;
    // The place of a static member is kept for it.
    if (memberId === "" || instanceId !== null) return;
    // The coordinator may still hold an answer back on the connection that there was.
    const cluster = new Cluster({ ...this.#connections, patienceMs: LEAVE_MS_MAX });
    const leaving = cluster.attempt(
      `leaving group ${group}`,
      () => cluster.coordinator("group", group),
      (broker) => broker.send(leaveGroupRequest(this.identity)),
    );
    const late = sleep(LEAVE_MS_MAX, undefined, { ref: false });
    // If the coordinator does not hear of it, it will miss the member.
    await Promise.race([leaving, late]).catch(() => {});
    await cluster.close();
  }

  async #run(): Promise<void> {
    while (this.#failure === null && !this.#isLeaving) {
      try {
        if (this.#loss !== "none") await this.#pause(this.#settings.heartbeatIntervalMs);
        else if (this.#isWanted) await this.#shareOut();
        else await this.#stay();
      } catch (error) {
        await this.#recover(error);
      }
    }
    await this.#cluster.close();
  }

  async #shareOut(): Promise<void> {
    // What changes from here on is not in what the member says: it wants another round for that.
    this.#isWanted = false;
    // An assignment that has not been looked at is void: others may be given what is not told to be owned.
    if (!this.#isSharing) this.#events = [{ kind: "rebalancing" }];
    this.#isSharing = true;
    const { topics, describe } = this.#options;
    const { metadata } = await this.#member.join(
      encodeSubscription(topics, describe(), this.#round),
    );
    const assignment = await this.#member.sync(this.#assign(metadata));
    this.#isSharing = false;
    this.#isAssigned = true;
    const { memberId } = this.identity;
    // Of assignments that have not been looked at the last one counts.
    this.#events = [{ kind: "assigned", assignment: decodeAssignment(assignment, memberId) }];
  }

  /** For all, if this member has been told of all. */
  #assign(metadata: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
    if (metadata.size === 0) return new Map();
    const infos = [...metadata].map(([id, bytes]) => [id, decodeSubscription(bytes, id)] as const);
    const assignments = this.#options.assign(new Map(infos));
    return new Map([...assignments].map(([id, assignment]) => [id, encodeAssignment(assignment)]));
  }

  async #stay(): Promise<void> {
    const { heartbeatIntervalMs, maxPollIntervalMs } = this.#settings;
    await this.#pause(heartbeatIntervalMs);
    if (this.#isWanted || this.#isLeaving) return;
    const unpolledMs = this.#clock.nowMs() - this.#polledMs;
    if (unpolledMs <= maxPollIntervalMs) return this.#member.heartbeat();
    this.#lose(
      new RetriableError(
        `the member of group ${this.#options.group} was not polled for ${unpolledMs} ms, and has ` +
          `left: others take its tasks. Raise maxPollIntervalMs (${maxPollIntervalMs}) if it was busy`,
      ),
    );
    await this.#member.leave();
    this.#member.forget();
  }

  /** @returns when it makes sense to go on. What keeps the member out for good ends the loop. */
  async #recover(error: unknown): Promise<void> {
    if (this.#isLeaving) return;
    if (this.#isSharing) this.#isWanted = true;
    const code = codeOf((error as Error).cause);
    if (code === CODE.REBALANCE_IN_PROGRESS) {
      this.#isWanted = true;
      return;
    }
    if (code === CODE.UNKNOWN_MEMBER_ID) this.#member.forget();
    const isExpelled = code === CODE.UNKNOWN_MEMBER_ID || code === CODE.ILLEGAL_GENERATION;
    if (!isExpelled && !(error instanceof RetriableError)) {
      this.#failure = error;
      return;
    }
    if (this.#isAssigned && (isExpelled || this.#member.isSilent)) this.#lose(error);
    else await this.#pause(RETRY_MS);
  }

  #lose(cause: unknown): void {
    this.#events = [{ kind: "lost", cause }];
    this.#loss = "untold";
    this.#isAssigned = false;
    this.#isSharing = false;
    this.#isWanted = true;
  }

  #pause(ms: number): Promise<void> {
    if (this.#isLeaving) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
