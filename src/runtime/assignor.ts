import type { Assignment, Assignor } from "./group.ts";
import { GroupView, leastBy, NOTHING_LOCAL } from "./group-view.ts";
import { shareActive } from "./share-active.ts";
import { shareStandbys } from "./share-standbys.ts";

export interface SharedTask {
  /** As in `0_3`. Inputs that are read together are one task already. */
  readonly id: string;
  /** It has stores: to run it somewhere else is dear, unless they lie ready there. */
  readonly stateful: boolean;
}

export interface SharingOut {
  /** All tasks there are; what is equal else is shared out in this order. */
  readonly tasks: readonly SharedTask[];
  /** The topology these are the tasks of: members that run another are given nothing. */
  readonly topology: string;
  /** How many processes, beside the one that runs it, hold the state of a task ready. */
  readonly standbyReplicas: number;
}

/**
 * Shares tasks out evenly, and moves as few as it can:
 *
 * - Stateful tasks are even over members within one, and so are all tasks together.
 * - A task stays where it is, unless that is uneven. One that nobody has goes to where its state
 *   lies, if there is room, else to who has least to do.
 * - Two steps: a task that another is to run than has it open is given to nobody, until a later
 *   sharing out in which nobody has it open any more.
 * - If two members say they have a task open (one was silent for long and does not know), one of
 *   them keeps it and the other gives it up. If the wrong one was kept it is fenced, drops the task,
 *   and the next sharing out gives it to somebody.
 * - Standbys are on other processes than the one that is to run the task.
 *
 * What it gives depends on what members tell and on the names, never on their order.
 */
export function stickyAssignor({ tasks, topology, standbyReplicas }: SharingOut): Assignor {
  const idsOf = (stateful: boolean) =>
    tasks.filter((task) => task.stateful === stateful).map(({ id }) => id);
  const stateful = idsOf(true);
  const lots = [stateful, idsOf(false)];
  return (members) => {
    const view = new GroupView(members, topology);
    const targets = shareActive(view, lots);
    const standbys = shareStandbys(view, targets, stateful, standbyReplicas);
    const active = Map.groupBy(lots.flat(), (task) => {
      const target = targets.get(task);
      const claimants = view.claimants(task);
      return target === undefined || (claimants.length > 0 && !claimants.includes(target))
        ? null
        : target;
    });
    const isRunning = (task: string) => active.get(targets.get(task)!)?.includes(task) ?? false;
    const standby = standbysOf(view, standbys, isRunning);
    return new Map(
      [...members.keys()].map((name): [string, Assignment] => [
        name,
        { active: active.get(name) ?? [], standby: standby.get(name) ?? [] },
      ]),
    );
  };
}

/**
 * Members share the standbys of their process: they have one disk. While a task is on its way from
 * one to another no standby begins, or it would draw the task to itself.
 */
function standbysOf(
  view: GroupView,
  standbys: ReadonlyMap<string, ReadonlySet<string>>,
  isRunning: (task: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, string[]>(view.able.map((member) => [member, []]));
  for (const [task, processes] of standbys) {
    const busy = new Set(view.claimants(task).map((member) => view.processOf(member)));
    for (const process of processes) {
      const begins = view.localSequence(process, task) === NOTHING_LOCAL;
      if (busy.has(process) || (begins && !isRunning(task))) continue;
      const members = view.able.filter((member) => view.processOf(member) === process);
      const least = leastBy(members, (member) => [given.get(member)!.length])!;
      given.get(least)!.push(task);
    }
  }
  return given;
}
