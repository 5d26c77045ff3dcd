import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { electionIn, Keeper } from "../../../src/app/upkeep/keeper.ts";
import { stickyAssignor } from "../../../src/runtime/assignor.ts";
import type { Membership } from "../../../src/runtime/group.ts";
import { MemoryGroups } from "../../../src/sources/memory-groups.ts";
import { asyncPropertyRuns } from "../../sinks/delta/delta-fixture.ts";

const SESSION_MS = 1000;
const TASKS = ["0_0", "0_1", "1_0", "1_1", "2_0"];

/** Replicas of one group, and who of them looks after the tables. */
class Replicas {
  nowMs = 0;
  readonly working = new Set<string>();
  private readonly groups = new MemoryGroups({ nowMs: () => this.nowMs }, SESSION_MS);

  start(name: string): Replica {
    return new Replica(name, this.groups, this.working, () => this.nowMs);
  }
}

class Replica {
  readonly name: string;
  private readonly membership: Membership;
  private readonly keeper: Keeper;
  private readonly nowMs: () => number;
  private owned: readonly string[] = [];
  private polledMs: number;

  constructor(name: string, groups: MemoryGroups, working: Set<string>, nowMs: () => number) {
    this.name = name;
    this.nowMs = nowMs;
    this.polledMs = nowMs();
    this.keeper = new Keeper(async (stop) => {
      working.add(name);
      await new Promise((resolve) => stop.addEventListener("abort", resolve));
      working.delete(name);
    });
    const tasks = TASKS.map((id) => ({ id, stateful: !id.startsWith("2") }));
    this.membership = groups.join({
      group: "g",
      topics: [],
      describe: () => ({ process: name, topology: "t", owned: this.owned, local: {} }),
      assign: stickyAssignor({ tasks, topology: "t", standbyReplicas: 0 }),
    });
  }

  /** Not given up by the group. */
  get isAlive(): boolean {
    return this.nowMs() - this.polledMs <= SESSION_MS;
  }

  follow(): void {
    this.polledMs = this.nowMs();
    for (let event = this.membership.poll(); event !== null; event = this.membership.poll()) {
      const isElected = electionIn({ kind: "group", event });
      if (isElected !== null) this.keeper.elect("thread", isElected);
      if (event.kind === "lost") this.owned = [];
      if (event.kind !== "assigned") continue;
      const { active } = event.assignment;
      const isLess = this.owned.some((task) => !active.includes(task));
      this.owned = active;
      if (isLess) this.membership.rejoin();
    }
  }

  async stop(): Promise<void> {
    this.keeper.close();
    await this.membership.leave();
  }
}

test("of two replicas one looks after the tables; when it is killed, the other does", async () => {
  const replicas = new Replicas();
  const both = [replicas.start("a"), replicas.start("b")];
  for (let round = 0; round < 10; round++) {
    for (const replica of both) replica.follow();
    await turn();
  }
  assert.equal(replicas.working.size, 1);
  const [keeper] = replicas.working;
  const other = both.find(({ name }) => name !== keeper)!;
  // Killed: it says nothing any more. Until its session is over the group waits.
  replicas.nowMs += SESSION_MS;
  other.follow();
  await turn();
  assert.deepEqual([...replicas.working], [keeper]);
  replicas.nowMs += SESSION_MS / 2;
  for (let round = 0; round < 5; round++) other.follow();
  await turn();
  assert.ok(replicas.working.has(other.name));
  // It was only asleep: it learns that it was given up, and ends what it does.
  both.find(({ name }) => name === keeper)!.follow();
  await turn();
  assert.deepEqual([...replicas.working], [other.name]);
  for (let round = 0; round < 10; round++) {
    for (const replica of both) replica.follow();
    await turn();
  }
  assert.equal(replicas.working.size, 1);
});

test("whoever dies, sleeps, leaves and comes: never two that live look after the tables, and soon one", async () => {
  const step = fc.record({
    kind: fc.constantFrom("follow", "follow", "follow", "sleep", "sleep", "leave", "come"),
    who: fc.nat({ max: 2 }),
  });
  await asyncPropertyRuns(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const replicas = new Replicas();
      const live: (Replica | null)[] = [null, null, null];
      let number = 0;
      const atMostOne = async () => {
        await turn();
        const keepers = live.filter((of) => of?.isAlive && replicas.working.has(of.name));
        assert.ok(keepers.length <= 1, keepers.map((of) => of!.name).join(", "));
      };
      for (const { kind, who } of steps) {
        if (kind === "sleep") replicas.nowMs += SESSION_MS * 0.6;
        if (kind === "follow") live[who]?.follow();
        if (kind === "come") live[who] ??= replicas.start(`${who}-${number++}`);
        if (kind === "leave") {
          await live[who]?.stop();
          live[who] = null;
        }
        await atMostOne();
      }
      live[0] ??= replicas.start("last");
      for (let round = 0; round < 30; round++) {
        for (const replica of live) replica?.follow();
        await atMostOne();
      }
      assert.equal(replicas.working.size, 1);
    }),
    300,
  );
});

test("a task that has turned out to be another's is no longer a reason to look after the tables", () => {
  const cause = new Error("fenced");
  assert.equal(electionIn({ kind: "task-migrated", task: "0_0", cause }), false);
  assert.equal(electionIn({ kind: "task-migrated", task: "0_1", cause }), null);
});

test("as long as one thread of a process is elected it goes on, and what was stopped ends first", async () => {
  const said: string[] = [];
  let works = 0;
  const keeper = new Keeper(async (stop) => {
    const work = ++works;
    said.push(`${work} begins`);
    await new Promise((resolve) => stop.addEventListener("abort", resolve));
    await turn();
    said.push(`${work} ends`);
  });
  keeper.elect("one", true);
  keeper.elect("two", true);
  keeper.elect("one", false);
  await turn();
  assert.deepEqual(said, ["1 begins"]);
  keeper.elect("two", false);
  keeper.elect("one", true);
  for (let n = 0; n < 5; n++) await turn();
  assert.deepEqual(said, ["1 begins", "1 ends", "2 begins"]);
  keeper.close();
  keeper.elect("two", true);
  for (let n = 0; n < 5; n++) await turn();
  assert.deepEqual(said.slice(3), ["2 ends"]);
});
