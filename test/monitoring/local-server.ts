import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS_MAX = 20_000;

/** A server of this test, which speaks HTTP on a port of this machine. */
export class LocalServer {
  readonly url: string;
  readonly #child: ChildProcess;
  #said = "";

  private constructor(program: string, args: readonly string[], port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
      });
    }
  }

  /** Starts it, and waits until it says that it is ready. */
  static async start(program: string, args: readonly string[], port: number): Promise<LocalServer> {
    const server = new LocalServer(program, args, port);
    const untilMs = Date.now() + READY_MS_MAX;
    while (!(await server.#isReady())) {
      if (server.#child.exitCode !== null || Date.now() > untilMs) {
        await server.stop();
        throw new Error(`${program} is not ready: ${server.#said}`);
      }
      await sleep(100);
    }
    return server;
  }

  async #isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/-/ready`).catch(() => null);
    return answer?.ok ?? false;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
