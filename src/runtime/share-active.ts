import { type GroupView, leastBy, NOTHING_LOCAL } from "./group-view.ts";

/**
 * Who is to run which task in the end, by task. Tasks are shared out in two lots, those with state
 * first: each lot leaves the loads (tasks a member has of the lots so far) even within one. So what
 * is heavy is even by itself, and what is light evens out the sum. Tasks of one sub-topology weigh
 * about the same, and those of another may weigh ten times as much: what is placed anew goes to who
 * has fewest of its kind.
 *
 * Of each lot a member keeps what it has, up to its share: no more tasks move than must. What nobody
 * has goes before what somebody still has to give up, since in the next round, when that has been
 * given up, everything has to come out the same.
 */
export function shareActive(
  view: GroupView,
  lots: readonly (readonly string[])[],
): ReadonlyMap<string, string> {
  const loads = new Map(view.able.map((member) => [member, 0]));
  const targets = new Map<string, string>();
  if (view.able.length > 0) for (const lot of lots) new Lot(view, loads, targets).share(lot);
  return targets;
}

class Lot {
  private readonly view: GroupView;
  private readonly loads: Map<string, number>;
  private readonly targets: Map<string, string>;
  /** What everybody gets, */
  private base = 0;
  /** and how many members get one more. */
  private extras = 0;

  constructor(view: GroupView, loads: Map<string, number>, targets: Map<string, string>) {
    this.view = view;
    this.loads = loads;
    this.targets = targets;
  }

  share(tasks: readonly string[]): void {
    const loads = [...this.loads.values()];
    const total = loads.reduce((sum, load) => sum + load, tasks.length);
    this.base = Math.floor(total / loads.length);
    this.extras = (total % loads.length) - loads.filter((load) => load > this.base).length;
    this.keep(tasks);
    const rest = tasks.filter((task) => !this.targets.has(task));
    const isFree = (task: string) => this.view.claimants(task).length === 0;
    this.place(rest.filter(isFree));
    this.place(rest.filter((task) => !isFree(task)));
  }

  private hasRoom(member: string): boolean {
    const load = this.loads.get(member)!;
    return load < this.base || (load === this.base && this.extras > 0);
  }

  private give(task: string, member: string): void {
    const load = this.loads.get(member)!;
    if (load === this.base) this.extras--;
    this.loads.set(member, load + 1);
    this.targets.set(task, member);
  }

  /**
   * What is left over goes to others: rather what lies ready there than what does not, and of each
   * sub-topology about as many.
   */
  private keep(tasks: readonly string[]): void {
    const { view } = this;
    const byKeeper = Map.groupBy(tasks, (task) => this.keeper(task));
    for (const [at, member] of view.able.entries()) {
      const readyElsewhere = (task: string) => view.localElsewhere(view.processOf(member), task);
      const owned = inTurns(byKeeper.get(member) ?? [], at);
      owned.sort((a, b) => readyElsewhere(a) - readyElsewhere(b));
      for (const task of owned) if (this.hasRoom(member)) this.give(task, member);
    }
  }

  /**
   * Of several who say they have a task open one may keep it, so that nobody need open it: the one
   * whose disk has the newest state, since the others have been fenced at some time before.
   */
  private keeper(task: string): string | null {
    const { view } = this;
    const able = view.claimants(task).filter((member) => view.able.includes(member));
    return leastBy(able, (member) => [-view.localSequence(view.processOf(member), task)]);
  }

  /**
   * First to those whose disk has the state, the newest of them; then to who has fewest tasks of the
   * same sub-topology, and least to do.
   */
  private place(tasks: readonly string[]): void {
    const { view } = this;
    for (const task of tasks) {
      const ready = view.able.filter(
        (member) =>
          this.hasRoom(member) && view.localSequence(view.processOf(member), task) > NOTHING_LOCAL,
      );
      const chosen = leastBy(ready, (member) => [
        -view.localSequence(view.processOf(member), task),
        this.loads.get(member)!,
      ]);
      if (chosen !== null) this.give(task, chosen);
    }
    for (const task of tasks) {
      if (this.targets.has(task)) continue;
      const free = view.able.filter((member) => this.hasRoom(member));
      const chosen = leastBy(free, (member) => [
        this.siblings(task, member),
        this.loads.get(member)!,
        this.processLoad(view.processOf(member)),
      ]);
      // There is room for exactly as many tasks as there are.
      this.give(task, chosen!);
    }
  }

  /** Tasks of the sub-topology of `task` that a member has already. */
  private siblings(task: string, member: string): number {
    let count = 0;
    for (const [other, owner] of this.targets) {
      if (owner === member && subTopologyOf(other) === subTopologyOf(task)) count++;
    }
    return count;
  }

  private processLoad(process: string): number {
    const members = this.view.able.filter((member) => this.view.processOf(member) === process);
    return members.reduce((sum, member) => sum + this.loads.get(member)!, 0);
  }
}

const subTopologyOf = (task: string): string => task.slice(0, task.indexOf("_"));

/**
 * One of each sub-topology, then the next of each, and so on. Which one comes first differs by
 * `start`, or all members would part with tasks of the same.
 */
function inTurns(tasks: readonly string[], start: number): string[] {
  const kinds = [...Map.groupBy(tasks, subTopologyOf).values()];
  const first = start % Math.max(1, kinds.length);
  const inOrder = [...kinds.slice(first), ...kinds.slice(0, first)];
  const turns = Math.max(0, ...kinds.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => inOrder.flatMap((of) => of[turn] ?? [])).flat();
}
