import { setTimeout as sleep } from "node:timers/promises";
import { ReplicaProcess } from "../../replicas/replica-process.ts";

/** How a process has come to its end without having been asked to. */
export interface Death {
  readonly name: string;
  readonly how: number | string;
  /** The last it said. */
  readonly said: string;
}

const SAID_CHARS = 2000;
const RESTART_MS = 200;

/**
 * A program that is started again when it ends by itself, as whoever operates it does. Killed on
 * purpose it stays down until it is started.
 */
export class SupervisedProcess {
  readonly name: string;
  readonly deaths: Death[] = [];
  readonly #args: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #process: ReplicaProcess | null = null;
  /** What it is to be: an end that is not wanted is a death. */
  #isWanted = false;
  /** What former lives have said. */
  readonly #former: string[] = [];

  constructor(
    name: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.name = name;
    this.#args = args;
    this.#environment = environment;
  }

  start(): void {
    if (this.#process !== null) return;
    this.#isWanted = true;
    const process = new ReplicaProcess(this.#args, this.#environment);
    this.#process = process;
    void process.ended.then(async (how) => {
      this.#former.push(process.said);
      this.#process = null;
      if (!this.#isWanted) return;
      this.deaths.push({ name: this.name, how, said: process.said.slice(-SAID_CHARS) });
      await sleep(RESTART_MS);
      if (this.#isWanted) this.start();
    });
  }

  /** Null while it is down. */
  get pid(): number | null {
    return this.#process?.child.pid ?? null;
  }

  /** The state of its client, as it has told last. */
  get state(): string | null {
    return this.#process?.states.at(-1) ?? null;
  }

  get tasks(): readonly string[] {
    return this.#process?.tasks ?? [];
  }

  /** In all of its lives. */
  get said(): string {
    return [...this.#former, this.#process?.said ?? ""].join("");
  }

  /** At once; one that dies of it is started again unless it is killed before that. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.#process?.child.kill(signal);
  }

  /** It is down when this returns, and stays so. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to stop; how it ended, null if it was down. */
  async stop(): Promise<number | string | null> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.#isWanted = false;
    const process = this.#process;
    process?.child.kill(signal);
    return (await process?.ended) ?? null;
  }
}
