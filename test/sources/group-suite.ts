import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Assignor, MemberInfo } from "../../src/runtime/group.ts";
import { fairly, type GroupsUnderTest, isShared, TestMember, until } from "./group-members.ts";
import { propertyRuns } from "./property-runs.ts";

const TASKS = ["0_0", "0_1", "1_0", "1_1"];
const options = { group: "g", assign: fairly(TASKS) };

/**
 * What every implementation of `TaskGroups` has to do; `open` gives one in which there is no group
 * yet. `runs`: of the property, where fewer have to do.
 */
export function groupSuite(
  name: string,
  open: () => Promise<GroupsUnderTest>,
  { runs = 30 }: { readonly runs?: number } = {},
): void {
  const check = (behaviour: string, body: (world: GroupsUnderTest) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const world = await open();
      try {
        await body(world);
      } finally {
        await world.dispose();
      }
    });
  };
  const joined = async (world: GroupsUnderTest, count: number): Promise<TestMember[]> => {
    const members: TestMember[] = [];
    for (let i = 0; i < count; i++) {
      members.push(new TestMember(await world.process(), options));
      await until(world, members, `${i + 1} share`, () => isShared(members, TASKS));
    }
    return members;
  };

  check("the first member gets everything", async (world) => {
    const member = new TestMember(await world.process(), options);
    assert.equal(member.asked, 0, "it has only begun to join");
    await until(world, [member], "all", () => member.open.size === TASKS.length);
    assert.deepEqual([...member.open], TASKS);
    assert.equal(member.membership.poll(), null);
  });

  check("a second one gets its share, and what stays is never closed", async (world) => {
    const [first, second] = await joined(world, 2);
    assert.equal(first!.history.filter((step) => step.startsWith("close")).length, 2);
    assert.equal(first!.history.filter((step) => step.startsWith("open")).length, 4);
    assert.deepEqual(
      second!.history,
      [...second!.open].map((task) => `open ${task}`),
    );
  });

  check("who leaves leaves its tasks to the others", async (world) => {
    const [first, second] = await joined(world, 2);
    first!.open.clear();
    await first!.membership.leave();
    await first!.membership.leave();
    assert.equal(first!.membership.poll(), null);
    await until(world, [second!], "all", () => isShared([second!], TASKS));
    assert.equal(first!.membership.poll(), null);
  });

  check("who is silent loses its tasks, is told, and comes back for its share", async (world) => {
    const [first, second, third] = await joined(world, 3);
    const others = [second!, third!];
    second!.process.silence();
    // Kafka itself does not know that it has lost them: it goes on with what it has.
    await until(world, [first!, third!], "two share", () => isShared([first!, third!], TASKS));
    second!.process.awaken();
    await until(world, [second!], "lost", () => second!.history.includes("lost"));
    await until(world, [first!, ...others], "three share", () =>
      isShared([first!, ...others], TASKS),
    );
    assert.ok(!first!.history.includes("lost") && !third!.history.includes("lost"));
  });

  check("a member asks to share out anew, and everybody is asked", async (world) => {
    const members = await joined(world, 2);
    const asked = members.map((member) => member.asked);
    members[1]!.membership.rejoin();
    await until(world, members, "asked", () => members.every((m, i) => m.asked > asked[i]!));
    members[0]!.membership.rejoin();
    await until(world, members, "asked again", () =>
      members.every((m, i) => m.asked > asked[i]! + 1),
    );
  });

  check("who asks while the tasks are shared out is heard afterwards", async (world) => {
    const seen: ReadonlyMap<string, MemberInfo>[] = [];
    const assign: Assignor = (members) => {
      seen.push(members);
      if (seen.length === 1) member.membership.rejoin();
      return options.assign(members);
    };
    const member = new TestMember(await world.process(), { ...options, assign });
    await until(
      world,
      [member],
      "shared out twice",
      () => seen.length === 2 && isShared([member], TASKS),
    );
    assert.deepEqual([...seen[0]!.values()][0]?.owned, []);
  });

  check("the assignor is told what the members say, and they what it says", async (world) => {
    const seen: MemberInfo[][] = [];
    const standby = ["2_0", "2_1"];
    const assign: Assignor = (members) => {
      seen.push([...members.values()]);
      const shared = options.assign(members);
      return new Map([...shared].map(([id, given]) => [id, { ...given, standby }]));
    };
    const one = { process: "host-1", topology: "9f", local: { "0_0": 7, "1_1": 2 ** 40 } };
    const other = { process: "Übersee", topology: "a0", local: {} };
    const members = [
      new TestMember(await world.process(), { ...options, assign }, one),
      new TestMember(await world.process(), { ...options, assign }, other),
    ];
    await until(world, members, "two share", () => isShared(members, TASKS));
    const both = seen.findLast((infos) => infos.length === 2)!;
    const plain = both.map(({ owned: _, ...info }) => info);
    assert.deepEqual(
      plain.toSorted((a, b) => a.process.localeCompare(b.process)),
      [one, other],
    );
    for (const member of members) assert.deepEqual(member.assignment.standby, standby);
  });

  check("groups do not know of each other", async (world) => {
    const process = await world.process();
    const members = ["g", "h"].map((group) => new TestMember(process, { ...options, group }));
    for (const member of members) {
      await until(world, [member], "all", () => isShared([member], TASKS));
    }
  });

  check("what the assignor throws ends the member that asked it", async (world) => {
    const broken = new TestMember(await world.process(), {
      ...options,
      assign: () => {
        throw new RangeError("no task fits");
      },
    });
    const ended = async () => {
      for (;;) {
        broken.step();
        await world.pass();
      }
    };
    await assert.rejects(ended(), { name: "RangeError", message: "no task fits" });
    await broken.membership.leave();
    const member = new TestMember(await world.process(), options);
    await until(world, [member], "all", () => isShared([member], TASKS));
  });

  test(`${name}: whoever comes and goes, every task is open once`, async () => {
    const step = fc.record({
      what: fc.constantFrom("join", "join", "leave", "rejoin"),
      who: fc.nat(),
      settles: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const world = await open();
      const members: TestMember[] = [];
      try {
        for (const { what, who, settles } of steps) {
          const at = who % Math.max(1, members.length);
          if (what === "join" && members.length < 4) {
            members.push(new TestMember(await world.process(), options));
          } else if (what === "rejoin") members[at]?.membership.rejoin();
          else if (what === "leave") await members.splice(at, 1)[0]?.membership.leave();
          if (!settles || members.length === 0) continue;
          await until(world, members, `${members.length} share`, () => isShared(members, TASKS));
        }
        if (members.length === 0) return;
        await until(world, members, `${members.length} share`, () => isShared(members, TASKS));
      } finally {
        await world.dispose();
      }
    });
    await fc.assert(property, propertyRuns(runs));
  });
}
