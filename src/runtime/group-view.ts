import type { MemberInfo } from "./group.ts";

/** Nothing of a task's state lies there. */
export const NOTHING_LOCAL = -1;

/**
 * What the members tell, put so that the sharing out can ask. Nothing here depends on the order in
 * which members or their tasks are listed.
 */
export class GroupView {
  /** Members that may be given tasks, by name. */
  readonly able: readonly string[];
  /** Their processes, by name. */
  readonly processes: readonly string[];
  private readonly infos: ReadonlyMap<string, MemberInfo>;
  private readonly local = new Map<string, Map<string, number>>();
  private readonly claims = new Map<string, string[]>();

  /** Only members that run `topology` may be given tasks. */
  constructor(members: ReadonlyMap<string, MemberInfo>, topology: string) {
    this.infos = members;
    const names = [...members.keys()].sort();
    this.able = names.filter((name) => members.get(name)!.topology === topology);
    this.processes = [...new Set(this.able.map((name) => this.processOf(name)))].sort();
    for (const name of names) {
      const { process, local, owned } = members.get(name)!;
      for (const task of new Set(owned)) {
        this.claims.set(task, [...(this.claims.get(task) ?? []), name]);
      }
      const disk = this.local.get(process) ?? new Map<string, number>();
      this.local.set(process, disk);
      for (const [task, sequence] of Object.entries(local)) {
        disk.set(task, Math.max(sequence, disk.get(task) ?? NOTHING_LOCAL));
      }
    }
  }

  processOf(member: string): string {
    return this.infos.get(member)!.process;
  }

  /** Members that say they have the task open, by name; more than one: all but one are mistaken. */
  claimants(task: string): readonly string[] {
    return this.claims.get(task) ?? [];
  }

  /** Number of the newest checkpoint of a task on a process's disk, or `NOTHING_LOCAL`. */
  localSequence(process: string, task: string): number {
    return this.local.get(process)?.get(task) ?? NOTHING_LOCAL;
  }

  /** The same of the disks of all other processes which may be given it. */
  localElsewhere(process: string, task: string): number {
    const others = this.processes.filter((other) => other !== process);
    return Math.max(NOTHING_LOCAL, ...others.map((other) => this.localSequence(other, task)));
  }
}

/** The least by several measures in turn; of equals the first. */
export function leastBy<T>(
  items: readonly T[],
  measures: (item: T) => readonly number[],
): T | null {
  let least: T | null = null;
  let leastMeasures: readonly number[] = [];
  for (const item of items) {
    const of = measures(item);
    const at = of.findIndex((measure, i) => measure !== leastMeasures[i]);
    if (least !== null && (at === -1 || of[at]! > leastMeasures[at]!)) continue;
    least = item;
    leastMeasures = of;
  }
  return least;
}
