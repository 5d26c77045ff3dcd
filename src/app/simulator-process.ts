import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { RetriableError } from "../record/errors.ts";

/** What the simulator's first line on its standard output ends with. */
const ADDRESS = /\bhttps?:\/\/\S+/;

const STOP_MS_MAX = 5000;

/**
 * The feed simulator as a process of its own. It is only ever spoken to over HTTP, as GDELT is; it
 * ends when this process does, whatever ends it.
 */
export class SimulatorProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #stopping = false;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** @throws RetriableError when it ends before it has said where it listens. */
  static async start(args: readonly string[]): Promise<SimulatorProcess> {
    const program = path.join(import.meta.dirname, `main${path.extname(import.meta.filename)}`);
    const child = fork(program, ["simulate", "--port", "0", ...args], {
      // Ctrl-C is for this process, which still needs the feed to finish the slice at hand.
      detached: true,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    const ended = once(child, "exit");
    const lines = createInterface({ input: child.stdout! });
    const first = await Promise.race([once(lines, "line"), ended]);
    const address = ADDRESS.exec(String(first[0]))?.[0];
    if (address === undefined) {
      child.kill();
      throw new RetriableError(`the simulator did not start (it ended with "${first.join(" ")}")`);
    }
    lines.on("line", () => {});
    return new SimulatorProcess(child, address);
  }

  /** Fails when the simulator ends although nobody has stopped it. */
  async whileItRuns(): Promise<never> {
    const [code, signal] = await once(this.#child, "exit");
    if (this.#stopping) return new Promise(() => {});
    throw new RetriableError(`the simulator has ended by itself (${signal ?? code}); start again`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(late);
  }
}
