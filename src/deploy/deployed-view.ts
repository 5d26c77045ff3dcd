import type {
  DeployedContainer,
  DeployedFile,
  DeployedMount,
  DeployedResources,
  DeployedService,
  DeployedSpec,
  DeployedTask,
  DeployedUpdate,
} from "./deployed-service.ts";
import { contentLine, linesOf, mountLine, type ServiceView } from "./service-view.ts";

const NANO = 1e9;
const NS_PER_MS = 1e6;
/** What `docker stack`, and a deployment, note beside what the file says. */
const OWN_LABELS = /^com\.docker\.stack\.|^gdelt\.deployed\./;
const IMAGE_LABEL = "com.docker.stack.image";

/** What a service is made of that has been deployed; networks are known to it by their ids. */
export function deployedView(
  { Spec: spec }: DeployedService,
  networkNames: ReadonlyMap<string, string>,
): ServiceView {
  const task = spec.TaskTemplate;
  const container = task.ContainerSpec;
  return {
    task: {
      // As the file named it: Docker itself leaves out parts of the name, and may have added a digest.
      image: [spec.Labels[IMAGE_LABEL] ?? container.Image],
      command: linesOf({
        entrypoint: container.Command ?? undefined,
        command: container.Args ?? undefined,
      }),
      environment: container.Env ?? [],
      configs: (container.Configs ?? []).map((each) => fileLine(each.ConfigName, each, "/")),
      secrets: (container.Secrets ?? []).map((each) =>
        fileLine(each.SecretName, each, "/run/secrets/"),
      ),
      mounts: (container.Mounts ?? []).map(mount),
      networks: (task.Networks ?? []).map(
        ({ Target, Aliases = [] }) =>
          `${networkNames.get(Target) ?? Target}: ${Aliases.toSorted().join(", ")}`,
      ),
      ports: (spec.EndpointSpec?.Ports ?? []).map(
        ({ PublishedPort, TargetPort, Protocol = "tcp", PublishMode = "ingress" }) =>
          `${PublishedPort ?? "any"} to ${TargetPort}/${Protocol} ${PublishMode}`,
      ),
      "health check": healthcheck(container),
      container: linesOf({
        user: container.User,
        hostname: container.Hostname,
        init: container.Init,
        "read-only": container.ReadOnly,
        "capabilities dropped": container.CapabilityDrop,
        "stop signal": container.StopSignal,
        "stop within ms": ms(container.StopGracePeriod),
      }),
      ...scheduled(task),
    },
    around: {
      replicas: [replicas(spec)],
      labels: Object.entries(spec.Labels)
        .filter(([name]) => !OWN_LABELS.test(name))
        .map(([name, value]) => `${name}=${value}`),
      updates: [...update("update", spec.UpdateConfig), ...update("rollback", spec.RollbackConfig)],
    },
    isJob: spec.Mode.ReplicatedJob !== undefined || spec.Mode.GlobalJob !== undefined,
  };
}

const scheduled = ({ Resources, Placement, RestartPolicy, LogDriver }: DeployedTask) => ({
  resources: [
    ...resourceLines("limit", Resources?.Limits),
    ...resourceLines("reservation", Resources?.Reservations),
  ],
  placement: [
    ...(Placement?.Constraints ?? []),
    ...linesOf({ "replicas a node": Placement?.MaxReplicas }),
  ],
  restarts: linesOf({
    condition: RestartPolicy?.Condition,
    "delay ms": ms(RestartPolicy?.Delay),
    // No bound is 0 there, and nothing in the file.
    attempts: RestartPolicy?.MaxAttempts || undefined,
  }),
  logging: linesOf({ driver: LogDriver?.Name, ...LogDriver?.Options }),
});

const ms = (ns: number | undefined): number | undefined =>
  ns === undefined ? undefined : ns / NS_PER_MS;

function fileLine(name: string, { File }: DeployedFile, folder: string): string {
  const target = File.Name.startsWith("/") ? File.Name : `${folder}${File.Name}`;
  return contentLine(name, { target, uid: File.UID, gid: File.GID, mode: File.Mode });
}

const mount = (given: DeployedMount): string =>
  mountLine({
    type: given.Type,
    source: given.Source,
    target: given.Target,
    isReadOnly: given.ReadOnly === true,
    propagation: given.BindOptions?.Propagation,
    bytes: given.TmpfsOptions?.SizeBytes,
  });

const healthcheck = ({ Healthcheck: check }: DeployedContainer): string[] =>
  linesOf({
    test: check?.Test,
    "interval ms": ms(check?.Interval),
    "timeout ms": ms(check?.Timeout),
    "start period ms": ms(check?.StartPeriod),
    retries: check?.Retries,
  });

const resourceLines = (kind: string, given: DeployedResources | undefined): string[] =>
  linesOf({
    [`cpus, ${kind}`]: given?.NanoCPUs === undefined ? undefined : given.NanoCPUs / NANO,
    [`bytes, ${kind}`]: given?.MemoryBytes,
  });

function replicas({ Mode: mode }: DeployedSpec): string {
  if (mode.Replicated !== undefined) return `replicated ${mode.Replicated.Replicas}`;
  if (mode.ReplicatedJob !== undefined)
    return `replicated-job ${mode.ReplicatedJob.TotalCompletions}`;
  return mode.GlobalJob === undefined ? "global" : "global-job";
}

const update = (kind: string, given: DeployedUpdate = {}): string[] =>
  linesOf({
    [`${kind} order`]: given.Order,
    [`${kind} at a time`]: given.Parallelism === undefined ? undefined : String(given.Parallelism),
    [`${kind} monitor ms`]: ms(given.Monitor),
    [`${kind} delay ms`]: ms(given.Delay),
    [`${kind} failure`]: given.FailureAction,
  });
