import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { DeployedService } from "../../deploy/deployed-service.ts";
import { parseReplicas, type RunningTasks, type Swarm } from "../../deploy/swarm.ts";
import { RetriableError } from "../../record/errors.ts";

const run = promisify(execFile);

const ANSWER_MS_MAX = 60_000;
const ANSWER_BYTES_MAX = 64 << 20;
const ERRORS_MAX = 3;

/** A swarm behind Docker's own command, on this machine, or on a manager that is reached over SSH. */
export class DockerCli implements Swarm {
  readonly #host: readonly string[];

  /** `ssh://manager`; null: whatever the command's own context is. */
  constructor(host: string | null) {
    this.#host = host === null ? [] : ["--host", host];
  }

  async services(stackName: string): Promise<readonly DeployedService[]> {
    const ids = await this.#lines("service", "ls", "--quiet", ...ofStack(stackName));
    if (ids.length === 0) return [];
    return JSON.parse(await this.#ask("service", "inspect", ...ids)) as DeployedService[];
  }

  async networkNames(): Promise<ReadonlyMap<string, string>> {
    const lines = await this.#lines(
      "network",
      "ls",
      "--no-trunc",
      ...formatted("{{.ID}} {{.Name}}"),
    );
    return new Map(lines.map(inTwo));
  }

  async running(stackName: string): Promise<ReadonlyMap<string, RunningTasks>> {
    const format = formatted("{{.Name}} {{.Replicas}}");
    const lines = await this.#lines("service", "ls", ...ofStack(stackName), ...format);
    return new Map(
      lines.map(inTwo).flatMap(([name, replicas]): [string, RunningTasks][] => {
        const tasks = parseReplicas(replicas);
        return tasks === null ? [] : [[name, tasks]];
      }),
    );
  }

  async taskErrors(fullName: string): Promise<readonly string[]> {
    const format = formatted("{{.Name}} {{.Node}}: {{.CurrentState}} {{.Error}}");
    const lines = await this.#lines("service", "ps", "--no-trunc", fullName, ...format);
    return lines.slice(0, ERRORS_MAX);
  }

  async #lines(...args: string[]): Promise<string[]> {
    return (await this.#ask(...args)).split("\n").filter((line) => line !== "");
  }

  async #ask(...args: string[]): Promise<string> {
    const options = { timeout: ANSWER_MS_MAX, maxBuffer: ANSWER_BYTES_MAX };
    try {
      return (await run("docker", [...this.#host, ...args], options)).stdout;
    } catch (cause) {
      const said = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
      throw new RetriableError(`docker ${args.slice(0, 2).join(" ")}: ${said}`, { cause });
    }
  }
}

const ofStack = (name: string): string[] => [
  "--filter",
  `label=com.docker.stack.namespace=${name}`,
];

const formatted = (template: string): string[] => ["--format", template];

function inTwo(line: string): [string, string] {
  const at = line.indexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
}
