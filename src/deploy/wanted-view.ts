import { contentLine, linesOf, mountLine, type ServiceView } from "./service-view.ts";
import {
  contentOf,
  environmentOf,
  isJob,
  networksOf,
  type Stack,
  type StackContent,
  type StackMountedContent,
  type StackResources,
  type StackService,
  type StackUpdate,
  volumeOf,
} from "./stack.ts";
import { stackDurationMs } from "./stack-duration.ts";
import { bytesOf, shellWords } from "./stack-values.ts";

/** What Docker does where the file says nothing. */
const STOP_MS = 10_000;
const RESTART_DELAY_MS = 5000;
const MONITOR_MS = 5000;

/** What the file wants of a service of a stack of this name. */
export function wantedView(stack: Stack, stackName: string, key: string): ServiceView {
  const service = stack.services[key]!;
  return {
    task: {
      image: [service.image ?? ""],
      command: linesOf({
        entrypoint: wordsOf(service.entrypoint),
        command: wordsOf(service.command),
      }),
      environment: Object.entries(environmentOf(service)).map(
        ([name, value]) => `${name}=${value}`,
      ),
      configs: contents(service.configs, stack.configs, "/"),
      secrets: contents(service.secrets, stack.secrets, "/run/secrets/"),
      mounts: mounts(service, stackName),
      networks: Object.entries(networksOf(service)).map(
        ([name, aliases]) => `${stackName}_${name}: ${[key, ...aliases].toSorted().join(", ")}`,
      ),
      ports: ports(service),
      "health check": healthcheck(service),
      container: linesOf({
        user: service.user,
        hostname: service.hostname,
        init: service.init,
        "read-only": service.read_only,
        "capabilities dropped": service.cap_drop,
        "stop signal": service.stop_signal,
        "stop within ms": durationMs(service.stop_grace_period) ?? STOP_MS,
      }),
      ...scheduled(service),
    },
    around: {
      replicas: [replicas(service)],
      labels: Object.entries(service.deploy?.labels ?? {}).map(
        ([name, value]) => `${name}=${value}`,
      ),
      updates: [
        ...update("update", service.deploy?.update_config),
        ...update("rollback", service.deploy?.rollback_config),
      ],
    },
    isJob: isJob(service),
  };
}

function scheduled({ deploy, logging }: StackService) {
  const { placement, resources, restart_policy: restart } = deploy ?? {};
  return {
    resources: [
      ...resourceLines("limit", resources?.limits),
      ...resourceLines("reservation", resources?.reservations),
    ],
    placement: [
      ...(placement?.constraints ?? []),
      ...linesOf({ "replicas a node": placement?.max_replicas_per_node }),
    ],
    restarts: linesOf({
      condition: restart?.condition ?? "any",
      "delay ms": durationMs(restart?.delay) ?? RESTART_DELAY_MS,
      attempts: restart?.max_attempts,
    }),
    logging: linesOf({ driver: logging?.driver, ...logging?.options }),
  };
}

const wordsOf = (text: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof text === "string" ? shellWords(text) : text;

const durationMs = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : stackDurationMs(text);

const contents = (
  mounted: readonly (string | StackMountedContent)[] = [],
  all: Readonly<Record<string, StackContent>>,
  folder: "/" | "/run/secrets/",
): string[] =>
  mounted.map((each) => {
    const at = contentOf(each, folder);
    return contentLine(all[at.source]?.name ?? at.source, at);
  });

const mounts = ({ volumes = [] }: StackService, stackName: string): string[] =>
  volumes.map(volumeOf).map(({ type, source, target, read_only, bind, tmpfs }) =>
    mountLine({
      type,
      source: type === "volume" ? `${stackName}_${source}` : source,
      target,
      isReadOnly: read_only === true,
      propagation: bind?.propagation,
      bytes: tmpfs?.size,
    }),
  );

const ports = ({ ports: published = [] }: StackService): string[] =>
  published.map((port) =>
    typeof port === "string"
      ? port
      : `${port.published ?? "any"} to ${port.target}/${port.protocol ?? "tcp"} ${port.mode ?? "ingress"}`,
  );

function healthcheck({ healthcheck: check }: StackService): string[] {
  if (check === undefined) return [];
  if (check.disable === true) return [`test: ${JSON.stringify(["NONE"])}`];
  return linesOf({
    test: typeof check.test === "string" ? ["CMD-SHELL", check.test] : check.test,
    "interval ms": durationMs(check.interval),
    "timeout ms": durationMs(check.timeout),
    "start period ms": durationMs(check.start_period),
    retries: check.retries,
  });
}

const resourceLines = (kind: string, given: StackResources | undefined): string[] =>
  linesOf({
    [`cpus, ${kind}`]: given?.cpus === undefined ? undefined : Number(given.cpus),
    [`bytes, ${kind}`]: given?.memory === undefined ? undefined : bytesOf(given.memory),
  });

function replicas({ deploy }: StackService): string {
  const mode = deploy?.mode ?? "replicated";
  return mode.startsWith("global") ? mode : `${mode} ${deploy?.replicas ?? 1}`;
}

const update = (kind: string, given: StackUpdate = {}): string[] =>
  linesOf({
    [`${kind} order`]: given.order ?? "stop-first",
    [`${kind} at a time`]: String(given.parallelism ?? 1),
    [`${kind} monitor ms`]: durationMs(given.monitor) ?? MONITOR_MS,
    [`${kind} delay ms`]: durationMs(given.delay),
    [`${kind} failure`]: given.failure_action ?? "pause",
  });
