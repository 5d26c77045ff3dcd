/** A stack file with its variables filled in, as far as it is looked at here; Docker knows the rest. */
export interface Stack {
  readonly services: Readonly<Record<string, StackService>>;
  readonly configs: Readonly<Record<string, StackContent>>;
  readonly secrets: Readonly<Record<string, StackContent>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** A config or a secret: what Docker calls it, and the file that it is made of. */
export interface StackContent {
  readonly name?: string;
  readonly file?: string;
}

export interface StackService {
  readonly image?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly entrypoint?: string | readonly string[];
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string | null>> | readonly string[];
  readonly labels?: unknown;
  readonly networks?: Readonly<Record<string, StackNetwork | null>> | readonly string[];
  readonly ports?: readonly (string | StackPort)[];
  readonly configs?: readonly (string | StackMountedContent)[];
  readonly secrets?: readonly (string | StackMountedContent)[];
  readonly volumes?: readonly (string | StackVolume)[];
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_signal?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: StackHealthcheck;
  readonly logging?: {
    readonly driver?: string;
    readonly options?: Readonly<Record<string, string>>;
  };
  readonly deploy?: StackDeploy;
  /**
   * `data`: what all others need; `check`: a job that says whether what was deployed does its work; `doctor`: a job
   * that looks around where it runs, and is no part of a deployment.
   */
  readonly "x-layer"?: string;
  /** What is behind its port, by name: paths of an address. */
  readonly "x-paths"?: Readonly<Record<string, string>>;
  /** Why it may write to its root. */
  readonly "x-writable"?: string;
  /** Why it has no health check. */
  readonly "x-no-healthcheck"?: string;
  /** Why its volume may be lost. */
  readonly "x-cache"?: string;
}

export interface StackNetwork {
  readonly aliases?: readonly string[];
}

export interface StackPort {
  readonly target: number;
  readonly published?: number;
  readonly protocol?: string;
  readonly mode?: string;
}

export interface StackMountedContent {
  readonly source: string;
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
}

export interface StackVolume {
  readonly type: string;
  /** Of a tmpfs there is none. */
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly bind?: { readonly propagation?: string };
  /** `nocopy`: an empty volume is not filled with what the image has there. */
  readonly volume?: { readonly nocopy?: boolean };
  readonly tmpfs?: { readonly size?: number };
}

export interface StackHealthcheck {
  readonly disable?: boolean;
  readonly test?: string | readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
}

export interface StackUpdate {
  readonly order?: string;
  readonly parallelism?: number;
  readonly delay?: string;
  readonly monitor?: string;
  readonly failure_action?: string;
}

export interface StackDeploy {
  readonly mode?: string;
  readonly replicas?: number;
  readonly endpoint_mode?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly placement?: {
    readonly constraints?: readonly string[];
    readonly max_replicas_per_node?: number;
  };
  readonly resources?: { readonly limits?: StackResources; readonly reservations?: StackResources };
  readonly restart_policy?: {
    readonly condition?: string;
    readonly delay?: string;
    readonly max_attempts?: number;
  };
  readonly update_config?: StackUpdate;
  readonly rollback_config?: StackUpdate;
}

export interface StackResources {
  readonly cpus?: string;
  readonly memory?: string;
}

/** A list `A=b` or a table, as a table. */
export function environmentOf({ environment = {} }: StackService): Record<string, string> {
  const entries = Array.isArray(environment)
    ? environment.map((each: string): [string, string] => {
        const at = each.indexOf("=");
        return at < 0 ? [each, ""] : [each.slice(0, at), each.slice(at + 1)];
      })
    : Object.entries(environment);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value ?? "")]));
}

/** A mount in its long form; `name:/path:ro` is the short one. */
export function volumeOf(volume: string | StackVolume): StackVolume {
  if (typeof volume !== "string") return volume;
  const [source = "", target = "", mode] = volume.split(":");
  const type = source.startsWith("/") || source.startsWith(".") ? "bind" : "volume";
  return { type, source, target, read_only: mode === "ro" };
}

/** What is mounted, and where: a secret is at `/run/secrets/<name>`, a config at `/<name>` unless it is said. */
export function contentOf(
  mounted: string | StackMountedContent,
  folder: "/" | "/run/secrets/",
): Required<StackMountedContent> {
  const given = typeof mounted === "string" ? { source: mounted } : mounted;
  const target = given.target ?? given.source;
  return {
    source: given.source,
    target: target.startsWith("/") ? target : `${folder}${target}`,
    uid: given.uid ?? "0",
    gid: given.gid ?? "0",
    mode: given.mode ?? 0o444,
  };
}

export const isJob = ({ deploy }: StackService): boolean => deploy?.mode?.endsWith("-job") ?? false;

/** Names of its networks, and what it is called there. */
export function networksOf({ networks = ["default"] }: StackService): Record<string, string[]> {
  if (Array.isArray(networks)) return Object.fromEntries(networks.map((each) => [each, []]));
  return Object.fromEntries(
    Object.entries(networks as Record<string, StackNetwork | null>).map(([name, network]) => [
      name,
      [...(network?.aliases ?? [])],
    ]),
  );
}
