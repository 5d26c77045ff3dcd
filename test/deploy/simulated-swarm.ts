import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import type { Stack } from "../../src/deploy/stack.ts";
import type { DeployableSwarm } from "../../src/deploy/swarm.ts";

/** What becomes of a service after a deployment. */
export type Fate = "runs" | "taken back" | "never runs" | "not replaced";

interface Simulated {
  startedAt: string;
  state: string | null;
  running: number;
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
      this.#services.set(name, { startedAt: "long ago", state: "rollback_completed", running: 1 });
    }
  }

  async services(): Promise<readonly DeployedService[]> {
    this.#polls++;
    if (this.#polls % 3 === 0) this.#goOn();
    return [...this.#services].map(([name, { startedAt, state }]) => {
      const status = { State: state, StartedAt: startedAt, Message: "as fated" };
      return {
        Spec: { Name: `s_${name}` },
        ...(state !== null && { UpdateStatus: status }),
      } as unknown as DeployedService;
    });
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
    const names = Object.keys((JSON.parse(text) as Stack).services);
    this.said.push(names.join(" "));
    this.#deployments++;
    for (const name of names) {
      const isNew = !this.#services.has(name);
      if (this.#fates[name] === "not replaced") continue;
      this.#services.set(name, {
        startedAt: `deployment ${this.#deployments}`,
        state: isNew ? null : "updating",
        running: 0,
      });
    }
  }

  async remove(name: string): Promise<void> {
    this.said.push(`remove ${name}`);
  }

  #goOn(): void {
    for (const [name, service] of this.#services) {
      if (service.startedAt === "long ago" || this.#fates[name] === "never runs") continue;
      service.running = 1;
      if (service.state === null) continue;
      service.state = this.#fates[name] === "taken back" ? "rollback_completed" : "completed";
    }
  }
}
