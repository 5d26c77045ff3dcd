import { givenEndpoint, instanceOf, SERVICES, type ServiceName } from "./catalog.ts";
import { install } from "./install.ts";
import { stopAbandoned } from "./own-instance.ts";
import { thisProcess } from "./running-process.ts";
import type { Software } from "./service.ts";

/** What a suite of tests needs of services. */
export interface Needs {
  /** On this machine: the suite starts instances of its own, for it kills them. */
  readonly installed?: readonly ServiceName[];
  /** Started before the suite, and shared with others. */
  readonly running?: readonly ServiceName[];
  /** Programs that are no servers. */
  readonly software?: readonly Software[];
}

/**
 * The services of one run of the tests: installs what it may, starts what a suite needs, and gives
 * everything back at the end. What cannot be had is only told: the suite skips, or fails in CI.
 */
export class TestRunServices {
  readonly #inCi: boolean;
  readonly #started = new Set<ServiceName>();
  /** What went wrong, or how long it took; by the software's name. */
  readonly #installing = new Map<string, Promise<number | null | Error>>();

  constructor(inCi: boolean) {
    this.#inCi = inCi;
  }

  /** In CI everything is installed, at once and beside the suites that need nothing of it. */
  foresee(all: readonly Needs[]): void {
    if (!this.#inCi) return;
    for (const needs of all) {
      for (const name of namesOf(needs)) {
        if (givenEndpoint(name) === undefined) void this.#install(SERVICES[name].software);
      }
      for (const software of needs.software ?? []) void this.#install(software);
    }
  }

  /** @returns what there is to tell of it, line by line. */
  async prepare(needs: Needs): Promise<string[]> {
    const told: string[] = [];
    const missing = new Set<ServiceName>();
    for (const software of needs.software ?? []) {
      const problem = await this.#installOrExplain(software.name, software, told);
      if (problem !== null) told.push(problem);
    }
    for (const name of namesOf(needs)) {
      if (givenEndpoint(name) !== undefined) continue;
      const problem = await this.#installOrExplain(name, SERVICES[name].software, told);
      if (problem === null) continue;
      told.push(problem);
      missing.add(name);
    }
    for (const name of needs.running ?? []) {
      if (missing.has(name) || this.#started.has(name) || givenEndpoint(name) !== undefined)
        continue;
      told.push(await this.#start(name));
    }
    return told;
  }

  /** Stops what nobody uses any more, be it this run's or that of one which was killed. */
  async close(): Promise<void> {
    const self = await thisProcess();
    for (const name of this.#started) await instanceOf(name).stop(self);
    this.#started.clear();
    await stopAbandoned();
  }

  async #installOrExplain(
    name: string,
    software: Software,
    told: string[],
  ): Promise<string | null> {
    if (!this.#installing.has(software.name) && (await software.isInstalled())) return null;
    if (!software.isQuick() && !this.#inCi) {
      return `${name} is not installed (${software.effort}): npm run services -- install ${name}`;
    }
    const outcome = await this.#install(software);
    if (outcome instanceof Error) return `${name} was not installed: ${outcome.message}`;
    if (outcome !== null) told.push(`${software.name} installed in ${outcome.toFixed(1)} s`);
    // Told once.
    this.#installing.set(software.name, Promise.resolve(null));
    return null;
  }

  #install(software: Software): Promise<number | null | Error> {
    let outcome = this.#installing.get(software.name);
    if (outcome === undefined) {
      outcome = install(software).catch((error: Error) => error);
      this.#installing.set(software.name, outcome);
    }
    return outcome;
  }

  async #start(name: ServiceName): Promise<string> {
    const startMs = performance.now();
    try {
      // Noted first: who is interrupted meanwhile stops it too.
      this.#started.add(name);
      await instanceOf(name).start(SERVICES[name], await thisProcess());
      return `${name} started in ${((performance.now() - startMs) / 1000).toFixed(1)} s`;
    } catch (error) {
      this.#started.delete(name);
      return (error as Error).message;
    }
  }
}

const namesOf = ({ installed = [], running = [] }: Needs): ServiceName[] => [
  ...new Set([...installed, ...running]),
];
