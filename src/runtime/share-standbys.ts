import { type GroupView, leastBy } from "./group-view.ts";

/**
 * Which processes are to hold a task's state ready, by task: `replicas` of them, or as many as there
 * are, never the one that is to run it. Where the state lies already it stays, unless that is
 * uneven: in the end no standby could move to a process that has two fewer.
 */
export function shareStandbys(
  view: GroupView,
  targets: ReadonlyMap<string, string>,
  stateful: readonly string[],
  replicas: number,
): ReadonlyMap<string, ReadonlySet<string>> {
  const loads = new Map(view.processes.map((process) => [process, 0]));
  const chosen = new Map<string, Set<string>>();
  const add = (process: string, by: number) => loads.set(process, loads.get(process)! + by);
  for (const task of stateful) {
    const member = targets.get(task);
    if (member === undefined) continue;
    const others = view.processes.filter((process) => process !== view.processOf(member));
    const of = new Set<string>();
    while (of.size < Math.min(replicas, others.length)) {
      const free = others.filter((process) => !of.has(process));
      const next = leastBy(free, (process) => [
        -view.localSequence(process, task),
        loads.get(process)!,
      ])!;
      of.add(next);
      add(next, 1);
    }
    chosen.set(task, of);
  }
  for (;;) {
    const move = evener(view, targets, chosen, loads);
    if (move === null) return chosen;
    chosen.get(move.task)!.delete(move.from);
    chosen.get(move.task)!.add(move.to);
    add(move.from, -1);
    add(move.to, 1);
  }
}

interface Move {
  readonly task: string;
  readonly from: string;
  readonly to: string;
}

/** The move that evens out most; of equals the one to where the newest state lies. */
function evener(
  view: GroupView,
  targets: ReadonlyMap<string, string>,
  chosen: ReadonlyMap<string, ReadonlySet<string>>,
  loads: ReadonlyMap<string, number>,
): Move | null {
  const moves: Move[] = [];
  for (const [task, of] of chosen) {
    const active = view.processOf(targets.get(task)!);
    for (const from of of) {
      for (const to of view.processes) {
        if (to === active || of.has(to) || loads.get(from)! - loads.get(to)! < 2) continue;
        moves.push({ task, from, to });
      }
    }
  }
  return leastBy(moves, ({ task, from, to }) => [
    loads.get(to)! - loads.get(from)!,
    -view.localSequence(to, task),
    view.localSequence(from, task),
  ]);
}
