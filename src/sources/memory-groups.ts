import type { Clock } from "../record/clock.ts";
import type {
  GroupEvent,
  JoinOptions,
  MemberInfo,
  Membership,
  TaskGroups,
} from "../runtime/group.ts";

/**
 * Groups that live as long as the object: what Kafka's coordinator promises, without Kafka. Members
 * are alive as long as they poll; everything happens in their polls, so that a run is deterministic.
 */
export class MemoryGroups implements TaskGroups {
  readonly #groups = new Map<string, Group>();
  readonly #clock: Clock;
  readonly #sessionMs: number;

  /** Who has not polled for `sessionMs` is given up. */
  constructor(clock: Clock, sessionMs: number) {
    this.#clock = clock;
    this.#sessionMs = sessionMs;
  }

  join(options: JoinOptions): Membership {
    const group = this.#groups.get(options.group) ?? new Group(this.#clock, this.#sessionMs);
    this.#groups.set(options.group, group);
    return new MemoryMember(group, options);
  }
}

class Group {
  readonly #clock: Clock;
  readonly #sessionMs: number;
  /** The oldest first: it leads. */
  readonly #members = new Set<MemoryMember>();
  readonly #seenMs = new Map<MemoryMember, number>();
  /** What the members have told for the sharing out that is under way; null: none is. */
  #joined: Map<MemoryMember, MemberInfo> | null = null;
  #again = false;
  #names = 0;

  constructor(clock: Clock, sessionMs: number) {
    this.#clock = clock;
    this.#sessionMs = sessionMs;
  }

  add(member: MemoryMember): string {
    this.#members.add(member);
    this.#seenMs.set(member, this.#clock.nowMs());
    this.#begin();
    return `member-${this.#names++}`;
  }

  remove(member: MemoryMember): void {
    this.#seenMs.delete(member);
    if (!this.#members.delete(member)) return;
    this.#begin();
  }

  /** Members change, or what one owns: who has told already has to tell again, another time. */
  rejoin(member: MemoryMember): void {
    if (this.#joined?.has(member)) this.#again = true;
    else if (this.#joined === null) this.#begin();
  }

  /** Whether it is still a member; if so, it is alive, and takes part in what is under way. */
  seen(member: MemoryMember): boolean {
    const nowMs = this.#clock.nowMs();
    for (const other of [...this.#members]) {
      if (this.#seenMs.get(other)! + this.#sessionMs < nowMs) this.remove(other);
    }
    if (!this.#members.has(member)) return false;
    this.#seenMs.set(member, nowMs);
    if (this.#joined !== null && !this.#joined.has(member)) {
      this.#joined.set(member, member.options.describe());
    }
    this.#finish();
    return true;
  }

  #begin(): void {
    this.#joined = new Map();
    for (const member of this.#members) member.tell({ kind: "rebalancing" });
  }

  #finish(): void {
    const joined = this.#joined;
    if (joined === null || joined.size < this.#members.size) return;
    this.#joined = null;
    const [leader] = this.#members;
    const infos = new Map([...joined].map(([member, info]) => [member.name, info]));
    const assignments = leader!.options.assign(infos);
    for (const member of this.#members) {
      const assignment = assignments.get(member.name) ?? { active: [], standby: [] };
      member.tell({ kind: "assigned", assignment });
    }
    if (!this.#again) return;
    this.#again = false;
    this.#begin();
  }
}

class MemoryMember implements Membership {
  readonly options: JoinOptions;
  readonly #group: Group;
  #events: GroupEvent[] = [];
  #left = false;
  name: string;

  constructor(group: Group, options: JoinOptions) {
    this.#group = group;
    this.options = options;
    this.name = group.add(this);
  }

  tell(event: GroupEvent): void {
    // An assignment that it has not heard of is void when all is shared out anew: it tells what it owns,
    // and others may be given what it would have been. Kafka refuses to hand it over, too.
    if (event.kind === "rebalancing") {
      this.#events = this.#events.filter(({ kind }) => kind !== "assigned");
    }
    this.#events.push(event);
  }

  poll(): GroupEvent | null {
    if (this.#left) return null;
    if (!this.#group.seen(this)) {
      const cause = new Error(`${this.name} was silent for longer than the session`);
      this.#events = [];
      this.name = this.#group.add(this);
      return { kind: "lost", cause };
    }
    return this.#events.shift() ?? null;
  }

  rejoin(): void {
    if (!this.#left) this.#group.rejoin(this);
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#group.remove(this);
  }
}
