import { execFile } from "node:child_process";
import type { DeployedService } from "../../deploy/deployed-service.ts";
import { type DeployableSwarm, parseReplicas, type RunningTasks } from "../../deploy/swarm.ts";
import type { SwarmNode } from "../../deploy/swarm-node.ts";
import type { SwarmTask } from "../../deploy/swarm-task.ts";
import type { SwarmContents } from "../../deploy/unused-contents.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";

const ANSWER_MS_MAX = 60_000;
const ANSWER_BYTES_MAX = 64 << 20;
const ERRORS_MAX = 3;
const LOG_LINES = 20;

/** A swarm behind Docker's own command, on this machine, or on a manager that is reached over SSH. */
export class DockerCli implements DeployableSwarm {
  readonly #host: readonly string[];

  readonly #resolveImage: string;

  /**
   * @param host `ssh://manager`; null: whatever the command's own context is
   * @param areImagesLoaded nodes have them, and no registry is asked
   */
  constructor(host: string | null, areImagesLoaded: boolean) {
    this.#host = host === null ? [] : ["--host", host];
    this.#resolveImage = areImagesLoaded ? "never" : "always";
  }

  async services(stackName: string): Promise<readonly DeployedService[]> {
    const ids = await this.#lines("service", "ls", "--quiet", ...ofStack(stackName));
    if (ids.length === 0) return [];
    return JSON.parse(await this.#ask("service", "inspect", ...ids)) as DeployedService[];
  }

  async nodes(): Promise<readonly SwarmNode[]> {
    const ids = await this.#lines("node", "ls", "--quiet");
    return JSON.parse(await this.#ask("node", "inspect", ...ids)) as SwarmNode[];
  }

  async tasks(stackName: string): Promise<readonly SwarmTask[]> {
    const ids = await this.#lines("stack", "ps", "--quiet", "--no-trunc", stackName);
    if (ids.length === 0) return [];
    return JSON.parse(await this.#ask("inspect", "--type", "task", ...ids)) as SwarmTask[];
  }

  async contents(stackName: string): Promise<SwarmContents> {
    const of = (kind: string) =>
      this.#lines(kind, "ls", ...ofStack(stackName), ...formatted("{{.Name}}"));
    return { configs: await of("config"), secrets: await of("secret") };
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

  async logs(fullName: string): Promise<readonly string[]> {
    const how = ["--raw", "--tail", String(LOG_LINES)];
    const { stdout, stderr } = await this.#run(["service", "logs", ...how, fullName], "");
    return [...stdout.split("\n"), ...stderr.split("\n")].filter((line) => line !== "");
  }

  /** Milliseconds, by the manager's clock. */
  async managerMs(): Promise<number> {
    return Date.parse((await this.#ask("info", ...formatted("{{.SystemTime}}"))).trim());
  }

  /** @throws ConfigError when a registry does not have an image: Docker warns, and deploys what cannot run */
  async deploy(stackName: string, text: string): Promise<void> {
    const how = ["--detach=true", "--with-registry-auth", `--resolve-image=${this.#resolveImage}`];
    const { stderr } = await this.#run(["stack", "deploy", ...how, "-c", "-", stackName], text);
    const missing = /^image (\S+) could not be accessed on a registry/m.exec(stderr);
    if (missing === null) return;
    throw new ConfigError(
      `no registry has ${missing[1]}: push it, or correct the stack and deploy again`,
    );
  }

  async rollback(fullName: string): Promise<void> {
    await this.#ask("service", "rollback", "--detach", fullName);
  }

  async remove(fullName: string): Promise<void> {
    await this.#ask("service", "rm", fullName);
  }

  async removeContents({ configs, secrets }: SwarmContents): Promise<void> {
    if (configs.length > 0) await this.#ask("config", "rm", ...configs);
    if (secrets.length > 0) await this.#ask("secret", "rm", ...secrets);
  }

  async #lines(...args: string[]): Promise<string[]> {
    return (await this.#ask(...args)).split("\n").filter((line) => line !== "");
  }

  async #ask(...args: string[]): Promise<string> {
    return (await this.#run(args, "")).stdout;
  }

  #run(args: readonly string[], input: string): Promise<{ stdout: string; stderr: string }> {
    const options = { timeout: ANSWER_MS_MAX, maxBuffer: ANSWER_BYTES_MAX };
    return new Promise((resolve, reject) => {
      const all = [...this.#host, ...args];
      const child = execFile("docker", all, options, (cause, stdout, stderr) => {
        if (cause === null) return resolve({ stdout, stderr });
        const said = stderr.trim() || cause.message;
        reject(new RetriableError(`docker ${args.slice(0, 2).join(" ")}: ${said}`, { cause }));
      });
      // Who does not want to be told anything has closed it already; what went wrong then its exit code says.
      child.stdin?.on("error", () => {});
      child.stdin?.end(input);
    });
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
