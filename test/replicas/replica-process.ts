import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const KEEPS = "upkeep: this replica looks after the tables";

/** What a replica logs, of what tests ask for. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  /** ISO 8601. */
  readonly time: string;
  readonly thread?: string;
  readonly active?: readonly string[];
}

/** The environment of the program: without what says where the servers of tests are. */
const environmentWith = (added: Readonly<Record<string, string>>) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GDELT_STREAMS|AWS)_/.test(name)),
  ),
  ...added,
});

/** A `gdelt-streams …` of its own, and what it has said so far. */
export class ReplicaProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
  #said = "";

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const env = environmentWith(environment);
    this.child = spawn(process.execPath, [program, ...args], { env });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
      });
    }
    this.ended = once(this.child, "close").then(([code, signal]) => signal ?? code);
  }

  get said(): string {
    return this.#said;
  }

  get lines(): LogLine[] {
    const whole = this.#said.slice(0, this.#said.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  }

  /** The states of the client, one after another. */
  get states(): string[] {
    return this.lines.flatMap(({ msg, thread }) =>
      thread === undefined
        ? (/^State transition from \w+ to (\w+)$/.exec(msg)?.slice(1) ?? [])
        : [],
    );
  }

  /** What its inspector answers; null before it listens. */
  async asked(path: string, headers: Record<string, string> = {}): Promise<Response | null> {
    const { inspector } = this;
    return inspector === null ? null : await fetch(`${inspector}${path}`, { headers });
  }

  /** Where its inspector listens; null before it does. */
  get inspector(): string | null {
    const said = this.lines.flatMap(({ msg }) => /^inspector at (.*)$/.exec(msg)?.[1] ?? []);
    return said[0] ?? null;
  }

  /** The tasks that its threads were given last. */
  get tasks(): string[] {
    const byThread = new Map(this.lines.map(({ thread, active }) => [active && thread, active]));
    return [...byThread.values()].flatMap((active) => active ?? []).sort();
  }

  /** Whether it is the one to look after the tables. */
  get keeps(): boolean {
    return this.lines.findLast(({ msg }) => /looks after the tables$/.test(msg))?.msg === KEEPS;
  }

  /** Turns in which it did something to the tables. */
  get turns(): number {
    return this.lines.filter(({ msg }) => /^upkeep: .* in [\d.]+ s \(/.test(msg)).length;
  }

  /** @throws when it ends before, or it takes too long. */
  async until(what: string, isSo: () => boolean, msMax = 60_000): Promise<void> {
    for (let waitedMs = 0; !isSo(); waitedMs += 50) {
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null || waitedMs > msMax) {
        throw new Error(`no ${what}: ${exitCode ?? signalCode ?? "it still runs"}\n${this.#said}`);
      }
      await sleep(50);
    }
  }

  /** Asks it to stop; how it ended. */
  stop(): Promise<number | string> {
    this.child.kill("SIGTERM");
    return this.ended;
  }
}
