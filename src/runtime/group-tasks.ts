import { TaskCorruptedError } from "../record/errors.ts";
import { topicsOf } from "../topology/topology.ts";
import { topologyHash } from "../topology/topology-hash.ts";
import type { Assignment, Assignor, MemberInfo, Membership, TaskGroups } from "./group.ts";
import type { Runner } from "./runner.ts";
import { Runners } from "./runners.ts";
import type { StandbyTask } from "./standby-task.ts";
import { StandbyTasks } from "./standby-tasks.ts";
import type { RuntimeConfig } from "./task-config.ts";
import type { PlannedTask, TaskPlan } from "./task-plan.ts";
import type { ThreadState } from "./thread-state.ts";

/** How a thread takes part in a group. */
export interface GroupOptions {
  readonly groups: TaskGroups;
  /** Names the process: its threads share a disk, and fail together. */
  readonly process: string;
  /** Makes of the tasks the function that shares them out. */
  readonly assignor: (plan: TaskPlan, topology: string) => Assignor;
  /** Tasks whose state lies on the local disk, and the number of the checkpoint it has of each. */
  readonly local: () => Readonly<Record<string, number>>;
  /** Holds the state of a task of another process ready. */
  readonly standby: (task: PlannedTask) => StandbyTask;
}

/** Times in a row that a task may turn out damaged before that is no accident of moving. */
const CORRUPTED_MAX = 3;

/**
 * Opens and closes the tasks of a thread as its group says. All of it happens beside the rounds: tasks
 * that stay are not stopped. A task which is to go commits, closes, and is then offered to the others.
 */
export class GroupTasks {
  readonly runners: Runners;
  readonly #config: RuntimeConfig;
  readonly #plan: TaskPlan;
  readonly #options: GroupOptions;
  readonly #topology: string;
  readonly #corrupted = new Map<string, number>();
  /** Open, and no longer ours: not to be committed. */
  readonly #lost = new Set<Runner>();
  readonly #standbys: StandbyTasks;
  readonly #leaving = new Set<Runner>();
  readonly #opening = new Set<Runner>();
  #membership: Membership | null = null;
  #assignment: Assignment | null = null;
  /** Something was given up, and is to be offered to the others. */
  #isToRejoin = false;

  constructor(config: RuntimeConfig, plan: TaskPlan, options: GroupOptions) {
    this.#config = config;
    this.#plan = plan;
    this.#options = options;
    this.#topology = topologyHash(config.topology);
    this.#standbys = new StandbyTasks((id) => options.standby(plan.tasks.get(id)!));
    this.runners = new Runners(config, (runner, cause) => this.#forfeit(runner, cause));
  }

  join(): void {
    const { applicationId, generation, topology } = this.#config;
    const { groups, assignor } = this.#options;
    this.#membership = groups.join({
      group: `${applicationId}-${generation}`,
      topics: topicsOf(topology).sources,
      describe: () => this.#describe(),
      assign: assignor(this.#plan, this.#topology),
    });
  }

  #describe(): MemberInfo {
    const owned = this.runners.all.filter((runner) => !this.#lost.has(runner));
    return {
      process: this.#options.process,
      topology: this.#topology,
      owned: owned.map(({ id }) => id),
      local: this.#options.local(),
    };
  }

  /** Takes note of what the group says, and sets about doing it. */
  follow(): void {
    for (let event = this.#membership!.poll(); event !== null; event = this.#membership!.poll()) {
      this.#config.onEvent?.({ kind: "group", event });
      if (event.kind === "assigned") this.#assignment = event.assignment;
      if (event.kind === "lost") {
        this.#assignment = null;
        for (const runner of this.runners.all) this.#lost.add(runner);
      }
    }
    this.#close();
    this.#open();
    this.#standbys.follow(this.#assignment?.standby ?? []);
    if (this.#isToRejoin && this.#leaving.size === 0) {
      this.#isToRejoin = false;
      this.#membership!.rejoin();
    }
  }

  #close(): void {
    for (const runner of this.runners.all) {
      if (this.runners.isBusy(runner)) continue;
      if (this.#lost.has(runner)) this.#drop(runner);
      else if (this.#assignment && !this.#assignment.active.includes(runner.id))
        this.#leave(runner);
    }
  }

  #open(): void {
    for (const id of this.#assignment?.active ?? []) {
      if (this.runners.get(id) !== undefined) continue;
      const runner = this.#plan.create(id);
      this.runners.add(runner);
      this.#opening.add(runner);
      this.runners.beside(runner, async () => {
        if (await this.runners.retrying(runner, () => runner.open())) this.#corrupted.delete(id);
        this.#opening.delete(runner);
      });
    }
  }

  #leave(runner: Runner): void {
    this.#leaving.add(runner);
    this.#isToRejoin = true;
    this.runners.beside(runner, async () => {
      await this.#commitAndClose(runner);
      this.#leaving.delete(runner);
    });
  }

  /** If the commit fails nothing is lost: the next owner does the work again. */
  async #commitAndClose(runner: Runner): Promise<void> {
    if (this.runners.isSound(runner) && runner.isDirty && !this.#lost.has(runner)) {
      try {
        await runner.commit();
      } catch (cause) {
        const { id: task, sliceMs } = runner;
        this.#config.onEvent?.({ kind: "commit-failed", task, cause, sliceMs });
      }
    }
    this.#drop(runner);
  }

  #drop(runner: Runner): void {
    this.#lost.delete(runner);
    this.runners.drop(runner);
  }

  /** Somebody else has it, or what it read is gone: it is offered to the group again. */
  #forfeit(runner: Runner, cause: unknown): void {
    this.#config.onEvent?.({ kind: "task-migrated", task: runner.id, cause });
    if (cause instanceof TaskCorruptedError) {
      const times = (this.#corrupted.get(runner.id) ?? 0) + 1;
      this.#corrupted.set(runner.id, times);
      if (times >= CORRUPTED_MAX) throw cause;
    }
    this.#drop(runner);
    // Not opened again by this assignment: that would shut the new owner out in turn.
    const { active, standby } = this.#assignment ?? { active: [], standby: [] };
    this.#assignment = { active: active.filter((id) => id !== runner.id), standby };
    this.#isToRejoin = true;
  }

  /** What is assigned runs, and nothing else. */
  get state(): ThreadState {
    if (this.#assignment === null) return "STARTING";
    if (this.#leaving.size > 0) return "PARTITIONS_REVOKED";
    const { active } = this.#assignment;
    const isOpen = (id: string) => {
      const runner = this.runners.get(id);
      return runner !== undefined && !this.#opening.has(runner) && this.runners.isSound(runner);
    };
    return active.every(isOpen) ? "RUNNING" : "PARTITIONS_ASSIGNED";
  }

  /** Commits and closes everything, and leaves, so that the others go on at once. */
  async leaveGroup(): Promise<void> {
    await Promise.all(this.runners.busy);
    await Promise.all(this.runners.all.map((runner) => this.#commitAndClose(runner)));
    await this.#standbys.close();
    await this.#membership?.leave();
  }
}
