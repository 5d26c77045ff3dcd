import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import { isJob, type Stack } from "../../src/deploy/stack.ts";
import type { DeployableSwarm } from "../../src/deploy/swarm.ts";
import type { SwarmTask } from "../../src/deploy/swarm-task.ts";
import type { SwarmContents } from "../../src/deploy/unused-contents.ts";

/** Which run of every job it is. */
const RUN = 7;

/** What becomes of a service after a deployment. */
export type Fate = "runs" | "taken back" | "never runs" | "not replaced" | "fails";

interface Simulated {
  startedAt: string;
  state: string | null;
  running: number;
  isJob: boolean;
}

/**
 * A swarm in which each deployment takes some polls, and then ends as its services are fated to. What it was told is
 * in `said`, in order.
 */
export class SimulatedSwarm implements DeployableSwarm {
  readonly said: string[] = [];
  readonly #services = new Map<string, Simulated>();
  readonly #fates: Readonly<Record<string, Fate>>;
  #polls = 0;
  #deployments = 0;

  constructor(there: readonly string[], fates: Readonly<Record<string, Fate>> = {}) {
    this.#fates = fates;
    // Each has an update behind it that was taken back, which is nobody's concern any more.
    for (const name of there) {
      this.#services.set(name, {
        startedAt: "long ago",
        state: "rollback_completed",
        running: 1,
        isJob: false,
      });
    }
  }

  async services(): Promise<readonly DeployedService[]> {
    this.#polls++;
    if (this.#polls % 3 === 0) this.#goOn();
    return [...this.#services].map(([name, { startedAt, state, isJob }]) => {
      const status = { State: state, StartedAt: startedAt, Message: "as fated" };
      return {
        ID: `id-${name}`,
        Spec: {
          Name: `s_${name}`,
          TaskTemplate: { ContainerSpec: {}, RestartPolicy: { MaxAttempts: 2 } },
        },
        ...(isJob && { JobStatus: { JobIteration: { Index: RUN } } }),
        ...(state !== null && { UpdateStatus: status }),
      } as unknown as DeployedService;
    });
  }

  async nodes() {
    return [];
  }

  /** Those of jobs which are fated to fail, and some of the run before, which did too. */
  async tasks(): Promise<readonly SwarmTask[]> {
    return [...this.#services]
      .filter(([name, { isJob }]) => isJob && this.#fates[name] === "fails")
      .flatMap(([name]) =>
        [RUN - 1, RUN - 1, RUN - 1, ...Array.from({ length: this.#polls }, () => RUN)].map(
          (run) => ({
            ID: "",
            ServiceID: `id-${name}`,
            DesiredState: "shutdown",
            Status: { State: "failed", Timestamp: "" },
            JobIteration: { Index: run },
          }),
        ),
      );
  }

  async logs(name: string) {
    return this.#services.get(name.slice("s_".length))?.isJob ? [`${name} says so`] : [];
  }

  async contents() {
    return { configs: ["s_of_nobody"], secrets: [] };
  }

  async removeContents({ configs }: SwarmContents): Promise<void> {
    this.said.push(`remove ${configs.join(" ")}`);
  }

  async networkNames() {
    return new Map<string, string>();
  }

  async running() {
    return new Map(
      [...this.#services].map(([name, { running }]) => [`s_${name}`, { running, wanted: 1 }]),
    );
  }

  async taskErrors(name: string) {
    return [`${name}.1: exit code 1`];
  }

  async deploy(_name: string, text: string): Promise<void> {
    const { services } = JSON.parse(text) as Stack;
    const names = Object.keys(services);
    this.said.push(names.join(" "));
    this.#deployments++;
    for (const name of names) {
      const isNew = !this.#services.has(name);
      if (this.#fates[name] === "not replaced") continue;
      this.#services.set(name, {
        startedAt: `deployment ${this.#deployments}`,
        state: isNew ? null : "updating",
        running: 0,
        isJob: isJob(services[name]!),
      });
    }
  }

  async rollback(fullName: string): Promise<void> {
    const name = fullName.slice("s_".length);
    this.said.push(`rollback ${name}`);
    this.#deployments++;
    const startedAt = `deployment ${this.#deployments}`;
    this.#services.set(name, { startedAt, state: "rollback_started", running: 0, isJob: false });
  }

  async remove(name: string): Promise<void> {
    this.said.push(`remove ${name}`);
  }

  #goOn(): void {
    for (const [name, service] of this.#services) {
      const fate = this.#fates[name];
      if (service.startedAt === "long ago" || fate === "never runs" || fate === "fails") continue;
      service.running = 1;
      if (service.state === null) continue;
      if (service.state.startsWith("rollback")) {
        service.state = fate === "taken back" ? "rollback_paused" : "rollback_completed";
        continue;
      }
      service.state = this.#fates[name] === "taken back" ? "rollback_completed" : "completed";
    }
  }
}
