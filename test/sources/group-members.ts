import assert from "node:assert/strict";
import type {
  Assignment,
  Assignor,
  JoinOptions,
  MemberInfo,
  Membership,
  TaskGroups,
} from "../../src/runtime/group.ts";

/** Where a group lives, for the time of a test. */
export interface GroupsUnderTest {
  /** Another process with a way of its own to the groups. */
  process(): Promise<ProcessUnderTest>;
  /** Lets some time go by, much less than a session. */
  pass(): Promise<void>;
  dispose(): Promise<void>;
}

export interface ProcessUnderTest {
  readonly groups: TaskGroups;
  /** From now on nothing from it gets to the group, nor to it. */
  silence(): void;
  awaken(): void;
}

/**
 * An assignor as tests need one: everybody keeps what he has, up to his share; what nobody has goes
 * to the first who lacks some; what somebody has too much of is nobody's until he has closed it.
 */
export const fairly =
  (tasks: readonly string[]): Assignor =>
  (members) => {
    const least = Math.floor(tasks.length / members.size);
    const withMore = tasks.length % members.size;
    const byOwned = [...members].toSorted(([, a], [, b]) => b.owned.length - a.owned.length);
    const shares = byOwned.map(([id, { owned }], i) => {
      const room = least + (i < withMore ? 1 : 0);
      return { id, room, active: owned.slice(0, room) };
    });
    const owned = new Set([...members.values()].flatMap((info) => info.owned));
    for (const task of tasks.filter((name) => !owned.has(name))) {
      shares.find(({ room, active }) => active.length < room)?.active.push(task);
    }
    return new Map(shares.map(({ id, active }) => [id, { active, standby: [] }]));
  };

/** What a stream thread does as a member, without any work: it opens and closes names of tasks. */
export class TestMember {
  readonly process: ProcessUnderTest;
  readonly open = new Set<string>();
  /** What it was told and did, in order: `open 0_1`, `close 0_1`, `lost`. */
  readonly history: string[] = [];
  /** How often it was asked what it is. */
  asked = 0;
  assignment: Assignment = { active: [], standby: [] };
  readonly membership: Membership;

  constructor(
    process: ProcessUnderTest,
    options: Pick<JoinOptions, "group" | "assign">,
    info: Partial<MemberInfo> = {},
  ) {
    this.process = process;
    this.membership = process.groups.join({
      topics: ["t"],
      describe: () => {
        this.asked++;
        return { process: "p", topology: "h", local: {}, ...info, owned: [...this.open] };
      },
      ...options,
    });
  }

  /** Does all that it has been told since the last time. */
  step(): void {
    for (let event = this.membership.poll(); event; event = this.membership.poll()) {
      if (event.kind === "lost") {
        this.open.clear();
        this.history.push("lost");
      } else if (event.kind === "assigned") this.#take(event.assignment);
    }
  }

  #take(assignment: Assignment): void {
    this.assignment = assignment;
    const gone = [...this.open].filter((task) => !assignment.active.includes(task));
    for (const task of gone) {
      this.open.delete(task);
      this.history.push(`close ${task}`);
    }
    for (const task of assignment.active.filter((name) => !this.open.has(name))) {
      this.open.add(task);
      this.history.push(`open ${task}`);
    }
    if (gone.length > 0) this.membership.rejoin();
  }
}

const TRIES = 4000;

/** Lets all members work until it is so, and watches that no task is open twice. */
export async function until(
  world: GroupsUnderTest,
  members: readonly TestMember[],
  what: string,
  isSo: () => boolean,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    for (const member of members) member.step();
    const open = members.flatMap((member) => [...member.open]);
    assert.equal(new Set(open).size, open.length, `a task is open twice: ${open.join(" ")}`);
    if (isSo()) return;
    await world.pass();
  }
  const histories = members.map(({ history }) => history.join(", "));
  assert.fail(`not ${what}, but: ${histories.join(" | ")}`);
}

/** Every task is open somewhere, and nobody has more than one more than another. */
export const isShared = (members: readonly TestMember[], tasks: readonly string[]): boolean => {
  const open = members.map((member) => member.open.size);
  const total = open.reduce((sum, count) => sum + count, 0);
  return total === tasks.length && Math.max(...open) - Math.min(...open) <= 1;
};
