import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stickyAssignor } from "../../src/runtime/assignor.ts";
import type { Assignment, MemberInfo } from "../../src/runtime/group.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const TOPOLOGY = "t1";

interface Group {
  readonly stateful: number;
  readonly others: number;
  readonly standbyReplicas: number;
  readonly members: ReadonlyMap<string, MemberInfo>;
}

const statefulOf = ({ stateful }: Group) => Array.from({ length: stateful }, (_, p) => `0_${p}`);
const othersOf = ({ others }: Group) => Array.from({ length: others }, (_, p) => `2_${p}`);
const tasksOf = (group: Group) => [...statefulOf(group), ...othersOf(group)];

const assign = (group: Group): ReadonlyMap<string, Assignment> =>
  stickyAssignor({
    tasks: [
      ...statefulOf(group).map((id) => ({ id, stateful: true })),
      ...othersOf(group).map((id) => ({ id, stateful: false })),
    ],
    topology: TOPOLOGY,
    standbyReplicas: group.standbyReplicas,
  })(group.members);

/** Members that say anything at all: tasks owned twice, not there, foreign topologies, old state. */
const groups: fc.Arbitrary<Group> = fc
  .record({
    stateful: fc.nat(9),
    others: fc.nat(12),
    standbyReplicas: fc.nat(3),
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 6 }),
  })
  .chain((shape) => {
    const task = fc.oneof(
      fc.nat(9).map((p) => `0_${p}`),
      fc.nat(12).map((p) => `2_${p}`),
    );
    const info = fc.record({
      process: fc.constantFrom("p", "q", "r", "s"),
      topology: fc.constantFrom(TOPOLOGY, TOPOLOGY, TOPOLOGY, "t2"),
      owned: fc.uniqueArray(task, { maxLength: 6 }),
      local: fc.dictionary(
        fc.nat(9).map((p) => `0_${p}`),
        fc.nat(3),
        { maxKeys: 4 },
      ),
    });
    const { names, ...rest } = shape;
    return fc
      .tuple(...names.map(() => info))
      .map((infos): Group => ({ ...rest, members: new Map(names.map((n, i) => [n, infos[i]!])) }));
  });

const onDisk = (tasks: readonly string[], sequence: number): Record<string, number> =>
  Object.fromEntries(tasks.filter((id) => id.startsWith("0_")).map((id) => [id, sequence]));

/** The same as when nobody is mistaken: a task is open once at the most, with its state on the disk. */
const honestGroups = groups.map((group): Group => {
  const seen = new Set<string>();
  const known = new Set(tasksOf(group));
  const members = new Map(
    [...group.members].map(([name, info]) => {
      const owned = info.owned.filter((task) => known.has(task) && !seen.has(task));
      for (const task of owned) seen.add(task);
      const local = { ...info.local, ...onDisk(owned, 5) };
      return [name, { ...info, topology: TOPOLOGY, owned, local }];
    }),
  );
  return { ...group, members };
});

const able = ({ members }: Group) =>
  [...members].filter(([, { topology }]) => topology === TOPOLOGY).map(([name]) => name);
const processesOf = (group: Group) =>
  new Set(able(group).map((name) => group.members.get(name)!.process));

/**
 * Every member closes what it is not to run, opens what it is to, and has the state of both. Who has
 * run a task has newer state of it than a standby, which has newer than anybody had before.
 */
function follow(group: Group, given: ReadonlyMap<string, Assignment>, round = 1): Group {
  const members = [...group.members].map(([name, info]): [string, MemberInfo] => {
    const { active, standby } = given.get(name)!;
    const newest = onDisk([...info.owned, ...active], 10 * round + 1);
    const local = { ...info.local, ...onDisk(standby, 10 * round), ...newest };
    return [name, { ...info, owned: active, local }];
  });
  return { ...group, members: new Map(members) };
}

function settled(group: Group): { group: Group; given: ReadonlyMap<string, Assignment> } {
  let [now, given] = [group, assign(group)];
  for (let round = 1; round <= 3; round++) {
    now = follow(now, given, round);
    given = assign(now);
  }
  return { group: now, given };
}

const activeOf = (given: ReadonlyMap<string, Assignment>) =>
  [...given].flatMap(([name, { active }]) => active.map((task): [string, string] => [task, name]));

const isEven = (counts: readonly number[]) =>
  counts.length === 0 || Math.max(...counts) - Math.min(...counts) <= 1;

test("a task is given to one member at the most, of the topology, and opened only if nobody has it", () => {
  fc.assert(
    fc.property(groups, (group) => {
      const given = assign(group);
      assert.deepEqual([...given.keys()], [...group.members.keys()]);
      const active = activeOf(given);
      assert.equal(new Set(active.map(([task]) => task)).size, active.length);
      const claimed = new Set<string>();
      for (const { owned } of group.members.values()) for (const task of owned) claimed.add(task);
      for (const [task, name] of active) {
        assert.ok(tasksOf(group).includes(task), task);
        const { owned, topology } = group.members.get(name)!;
        assert.equal(topology, TOPOLOGY);
        assert.ok(owned.includes(task) || !claimed.has(task), `${task} is opened while it is open`);
      }
      const free = tasksOf(group).filter((task) => !claimed.has(task));
      const missing = free.filter((task) => !active.some(([id]) => id === task));
      assert.deepEqual(missing, able(group).length > 0 ? [] : free);
    }),
    propertyRuns(500),
  );
});

test("standbys are on as many other processes as are wanted and there, for tasks with state only", () => {
  fc.assert(
    fc.property(groups, (group) => {
      const { given, group: now } = settled(group);
      const active = new Map(activeOf(given));
      const processes = processesOf(now);
      for (const task of tasksOf(now)) {
        const on = [...given].filter(([, { standby }]) => standby.includes(task));
        const at = on.map(([name]) => now.members.get(name)!.process);
        assert.equal(new Set(at).size, at.length, "two in one process");
        const runner = active.get(task);
        if (runner !== undefined) assert.ok(!at.includes(now.members.get(runner)!.process));
        const wanted = Math.min(now.standbyReplicas, processes.size - 1);
        const expected = task.startsWith("0_") && runner !== undefined ? wanted : 0;
        assert.equal(at.length, expected, task);
      }
      const loads = new Map([...processes].map((process) => [process, 0]));
      for (const [name, { standby, active: runs }] of given) {
        const { process, topology } = now.members.get(name)!;
        if (topology !== TOPOLOGY) assert.deepEqual([standby, runs], [[], []]);
        else loads.set(process, loads.get(process)! + standby.length);
      }
      for (const [name, { standby }] of given) {
        const from = now.members.get(name)!.process;
        for (const task of standby) {
          const busy = [...given]
            .filter(([, { standby: s, active: a }]) => [...s, ...a].includes(task))
            .map(([other]) => now.members.get(other)!.process);
          for (const to of processes) {
            if (busy.includes(to)) continue;
            assert.ok(loads.get(from)! - loads.get(to)! < 2, `${task} could be on ${to}`);
          }
        }
      }
    }),
    propertyRuns(500),
  );
});

test("nobody is a standby of a task that its own process has open", () => {
  fc.assert(
    fc.property(groups, (group) => {
      for (const [name, { standby }] of assign(group)) {
        const { process } = group.members.get(name)!;
        for (const other of group.members.values()) {
          if (other.process !== process) continue;
          assert.deepEqual(
            standby.filter((task) => other.owned.includes(task)),
            [],
          );
        }
      }
    }),
    propertyRuns(500),
  );
});

test("whatever members say at first, in the third round everything runs, evenly, and stays", () => {
  fc.assert(
    fc.property(groups, (group) => {
      let now = group;
      for (let round = 1; round < 3; round++) now = follow(now, assign(now), round);
      const third = assign(now);
      assert.deepEqual(assign(follow(now, third, 3)), third);
      const active = activeOf(third);
      assert.equal(active.length, able(group).length > 0 ? tasksOf(group).length : 0);
      const counts = able(group).map((name) => third.get(name)!.active);
      assert.ok(isEven(counts.map((tasks) => tasks.length)), "all");
      const stateful = counts.map((tasks) => tasks.filter((task) => task.startsWith("0_")).length);
      assert.ok(isEven(stateful), "stateful");
    }),
    propertyRuns(500),
  );
});

test("what is given does not depend on the order in which members or their tasks are listed", () => {
  fc.assert(
    fc.property(groups, fc.infiniteStream(fc.nat()), (group, numbers) => {
      const shuffled = <T>(items: readonly T[]): T[] =>
        items
          .map((item) => ({ item, at: numbers.next().value! }))
          .sort((a, b) => a.at - b.at)
          .map(({ item }) => item);
      const members = [...group.members].map(([name, info]): [string, MemberInfo] => [
        name,
        {
          ...info,
          owned: shuffled(info.owned),
          local: Object.fromEntries(shuffled(Object.entries(info.local))),
        },
      ]);
      const again = assign({ ...group, members: new Map(shuffled(members)) });
      for (const [name, given] of assign(group)) assert.deepEqual(again.get(name), given);
    }),
    propertyRuns(200),
  );
});

/** Each way to give tasks to members. */
function* everyWay(tasks: readonly string[], members: readonly string[]): Generator<string[]> {
  if (tasks.length === 0) yield [];
  else {
    for (const rest of everyWay(tasks.slice(1), members)) {
      for (const member of members) yield [member, ...rest];
    }
  }
}

test("no more tasks move than have to: first of those with state, then of the others", () => {
  const small = honestGroups.filter(
    (group) => group.members.size <= 3 && group.stateful <= 4 && group.others <= 4,
  );
  fc.assert(
    fc.property(small, (group) => {
      const names = [...group.members.keys()];
      const given = new Map(activeOf(settled(group).given));
      const owner = (task: string) =>
        names.find((name) => group.members.get(name)!.owned.includes(task));
      const moves = (tasks: readonly string[], to: readonly string[]) =>
        tasks.filter((task, i) => owner(task) !== undefined && owner(task) !== to[i]).length;
      const counts = (ways: readonly string[]) =>
        names.map((name) => ways.filter((member) => member === name).length);
      const [stateful, others] = [statefulOf(group), othersOf(group)];
      const ours = stateful.map((task) => given.get(task)!);
      const fewest = (tasks: readonly string[], before: readonly string[]) =>
        Math.min(
          ...[...everyWay(tasks, names)]
            .filter((way) => isEven(counts([...before, ...way])))
            .map((way) => moves(tasks, way)),
        );
      assert.equal(moves(stateful, ours), fewest(stateful, []));
      const theirs = others.map((task) => given.get(task)!);
      assert.equal(moves(others, theirs), fewest(others, ours));
    }),
    propertyRuns(100),
  );
});

test("who leaves moves no stateful task but its own, and who joins takes its share only", () => {
  const many = honestGroups.filter((group) => group.members.size >= 2);
  fc.assert(
    fc.property(many, fc.nat(), (unsettled, at) => {
      const { group, given } = settled(unsettled);
      const before = new Map(activeOf(given));
      const names = [...group.members.keys()];
      const leaver = names[at % names.length]!;
      const fewer = new Map(group.members);
      fewer.delete(leaver);
      const after = new Map(activeOf(settled({ ...group, members: fewer }).given));
      for (const task of statefulOf(group)) {
        if (before.get(task) !== leaver) assert.equal(after.get(task), before.get(task));
      }
      const joined = { process: "joiner", topology: TOPOLOGY, owned: [], local: {} };
      const more = new Map([...group.members, ["joiner", joined]]);
      const taken = new Map(activeOf(settled({ ...group, members: more }).given));
      for (const task of statefulOf(group)) {
        if (taken.get(task) !== "joiner") assert.equal(taken.get(task), before.get(task));
      }
    }),
    propertyRuns(200),
  );
});

const member = (process: string, more: Partial<MemberInfo> = {}): MemberInfo => ({
  process,
  topology: TOPOLOGY,
  owned: [],
  local: {},
  ...more,
});

test("a task that nobody has goes to the process with the newest state of it, in any of its threads", () => {
  const given = assign({
    stateful: 2,
    others: 0,
    standbyReplicas: 0,
    members: new Map([
      ["a", member("p", { local: { "0_0": 7 } })],
      ["b", member("q", { local: { "0_0": 9 }, owned: ["0_1"] })],
      ["c", member("q")],
    ]),
  });
  assert.deepEqual(given.get("c")!.active, ["0_0"]);
});

test("what has to go for evenness goes to where it lies ready, in two steps", () => {
  const members = new Map([
    ["a", member("p", { owned: ["0_0", "0_1", "0_2", "0_3"] })],
    ["b", member("q", { local: { "0_0": 3, "0_2": 4 } })],
  ]);
  const group = { stateful: 4, others: 0, standbyReplicas: 1, members };
  const first = assign(group);
  assert.deepEqual(first.get("a"), { active: ["0_1", "0_3"], standby: [] });
  assert.deepEqual(first.get("b"), { active: [], standby: ["0_1", "0_3"] }, "0_0 and 0_2 are open");
  const second = assign(follow(group, first));
  assert.deepEqual(second.get("a"), { active: ["0_1", "0_3"], standby: ["0_0", "0_2"] });
  assert.deepEqual(second.get("b"), { active: ["0_0", "0_2"], standby: ["0_1", "0_3"] });
});

test("of two who say they have a task open the one with the newer state keeps it, at once", () => {
  const given = assign({
    stateful: 2,
    others: 0,
    standbyReplicas: 0,
    members: new Map([
      ["a", member("p", { owned: ["0_0"], local: { "0_0": 4 } })],
      ["b", member("q", { owned: ["0_0"], local: { "0_0": 5 } })],
    ]),
  });
  assert.deepEqual(given.get("b")!.active, ["0_0"]);
  assert.deepEqual(given.get("a")!.active, ["0_1"]);
});

test("members of another topology get nothing, and what they have open waits for them", () => {
  const members = new Map([
    ["a", member("p", { topology: "older", owned: ["0_0", "2_0"] })],
    ["b", member("q")],
  ]);
  const group = { stateful: 2, others: 1, standbyReplicas: 1, members };
  const first = assign(group);
  assert.deepEqual(first.get("a"), { active: [], standby: [] });
  assert.deepEqual(first.get("b"), { active: ["0_1"], standby: [] });
  const second = assign(follow(group, first));
  assert.deepEqual(second.get("b")!.active, ["0_0", "0_1", "2_0"]);
});

test("a group that begins spreads over processes before it fills the threads of one", () => {
  const members = ["a", "b", "c", "d"].map((name): [string, MemberInfo] => [
    name,
    member(name < "c" ? "p" : "q"),
  ]);
  const given = assign({
    stateful: 2,
    others: 2,
    standbyReplicas: 0,
    members: new Map(members),
  });
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => given.get(name)!.active),
    [["0_0"], ["2_0"], ["0_1"], ["2_1"]],
  );
});

test("tasks of each sub-topology are spread over members that came one after another", () => {
  const shape = fc.record({
    subTopologies: fc.integer({ min: 1, max: 6 }),
    partitions: fc.integer({ min: 1, max: 8 }),
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 6 }),
    together: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, ({ subTopologies, partitions, names, together }) => {
      const ids = Array.from({ length: subTopologies * partitions }, (_, i) => {
        const subTopology = Math.floor(i / partitions);
        return `${subTopology}_${i % partitions}`;
      });
      const tasks = ids.map((id) => ({ id, stateful: true }));
      const share = stickyAssignor({ tasks, topology: TOPOLOGY, standbyReplicas: 0 });
      const members = new Map<string, MemberInfo>();
      let given: ReadonlyMap<string, Assignment> = new Map();
      const settle = () => {
        for (let round = 1; round <= 3; round++) {
          given = share(members);
          for (const [name, { active }] of given)
            members.set(name, member(name, { owned: active }));
        }
      };
      for (const name of names) {
        members.set(name, member(name));
        if (!together) settle();
      }
      settle();
      for (let subTopology = 0; subTopology < subTopologies; subTopology++) {
        const counts = names.map(
          (name) => given.get(name)!.active.filter((id) => id.startsWith(`${subTopology}_`)).length,
        );
        const spread = Math.max(...counts) - Math.min(...counts);
        assert.ok(spread <= (together ? 1 : 3), `${subTopology}: ${counts}`);
      }
    }),
    propertyRuns(500),
  );
});
