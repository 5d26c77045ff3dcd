import {
  contentOf,
  environmentOf,
  isJob,
  type Stack,
  type StackService,
  volumeOf,
} from "./stack.ts";
import { stackDurationMs } from "./stack-duration.ts";

/** One thing that a stack must not get wrong, since a swarm would say nothing, or only when it is too late. */
export interface StackRule {
  readonly name: string;
  /** What is wrong, and where; nothing if all is well. */
  readonly check: (stack: Stack) => string[];
}

/** A rule that looks at each service by itself. */
const ofServices = (
  name: string,
  check: (service: StackService, stack: Stack, key: string) => readonly (string | false)[],
): StackRule => ({
  name,
  check: (stack) =>
    Object.entries(stack.services).flatMap(([key, service]) =>
      check(service, stack, key)
        .filter((wrong) => wrong !== false)
        .map((wrong) => `${key}: ${wrong}`),
    ),
});

/** A swarm passes over them, most of them with a warning. */
const IGNORED =
  "build cgroup_parent cgroupns_mode container_name depends_on devices domainname expose external_links ipc links mac_address network_mode pid privileged restart security_opt shm_size tmpfs userns_mode";
const REFUSED =
  "cpuset extends gpus group_add mem_limit memswap_limit pids_limit platform profiles pull_policy runtime";
const KEYS_OF_NO_USE = new Set(`${IGNORED} ${REFUSED}`.split(" "));

const GONE = /:latest\b|bitnami(?:legacy)?\/|grafana-oss|^(?:docker\.io\/)?minio\//;
const BY_DIGEST = /^[^@]+:[\w][\w.-]*@sha256:[0-9a-f]{64}$/;

/** Images whose content may change under their name. Who has loaded them into each node has no digests. */
export const imagesByDigest: StackRule = ofServices(
  "every image is named by tag and digest",
  ({ image = "" }) => [
    !BY_DIGEST.test(image) && `image ${image}: no digest, run deploy/lock-images, or no tag`,
  ],
);

const isStateful = (service: StackService): boolean =>
  service["x-cache"] === undefined &&
  (service.volumes ?? []).some((volume) => volumeOf(volume).type === "volume");

function resourcesMissing({ deploy }: StackService): string[] {
  return (["limits", "reservations"] as const).flatMap((kind) =>
    (["cpus", "memory"] as const)
      .filter((what) => deploy?.resources?.[kind]?.[what] === undefined)
      .map((what) => `deploy.resources.${kind}.${what} is not set`),
  );
}

function healthMissing(service: StackService): string | false {
  const { test, disable } = service.healthcheck ?? {};
  if (isJob(service) || service["x-no-healthcheck"] !== undefined) {
    return disable !== true && "has no health check, so that of the image must be disabled";
  }
  return (test === undefined || disable === true) && "no health check, and no x-no-healthcheck";
}

/** An update that has not been watched for so long has not shown that it is well. */
function monitoredTooShort({ healthcheck, deploy }: StackService): string | false {
  const { start_period, interval, retries } = healthcheck ?? {};
  if (start_period === undefined || interval === undefined || retries === undefined) return false;
  const neededMs = stackDurationMs(start_period) + retries * stackDurationMs(interval);
  const monitorMs = stackDurationMs(deploy?.update_config?.monitor ?? "0s");
  return !(monitorMs >= neededMs) && `update_config.monitor is below ${neededMs / 1000}s`;
}

function updateMissing(service: StackService): (string | false)[] {
  const { update_config: update, rollback_config: rollback } = service.deploy ?? {};
  if (isJob(service)) return [update !== undefined && "a job with an update_config is refused"];
  return [
    update?.failure_action !== "rollback" && "update_config.failure_action is not rollback",
    update?.order === undefined && "update_config.order is not set",
    rollback?.parallelism !== 0 && "rollback_config.parallelism is not 0, all at once",
    monitoredTooShort(service),
  ];
}

const SECRET_NAME = /PASS|SECRET|TOKEN|CREDENTIAL|(?:_|^)KEY(?:_|$)|PRIVATE/;
const IN_A_FILE = /(?:_FILE|__FILE)$/;
const ADDRESS_WITH_PASSWORD = /\/\/[^/\s:@]+:[^/\s@]+@/;

export const STACK_RULES: readonly StackRule[] = [
  ofServices("no key that a swarm ignores or refuses", (service) =>
    Object.keys(service)
      .filter((key) => KEYS_OF_NO_USE.has(key))
      .map((key) => `${key} does nothing in a swarm`),
  ),
  ofServices("no image that is gone or floats", ({ image = "" }) => [
    GONE.test(image) && `image ${image}`,
  ]),
  ofServices("resources are limited and reserved", resourcesMissing),
  ofServices("a health check, or the reason why there is none", (service) => [
    healthMissing(service),
  ]),
  ofServices("a restart policy, time to stop, and logs that end", ({ deploy, ...service }) => [
    deploy?.restart_policy?.condition === undefined && "deploy.restart_policy is not set",
    service.stop_grace_period === undefined && "stop_grace_period is not set",
    service.logging?.options?.["max-size"] === undefined && "logging.options.max-size is not set",
  ]),
  ofServices("an update that fails is taken back, and watched for long enough", updateMissing),
  {
    name: "configs and secrets are named by what is in them",
    check: ({ configs, secrets }) =>
      Object.entries({ ...configs, ...secrets })
        .filter(([, { name = "" }]) => !/_[0-9a-f]{12}$/.test(name))
        .map(([key, { name = "no name" }]) => `${key}: ${name} does not end with a hash`),
  },
  ofServices("what has state is one task, in one place, that stops before it starts", (service) => {
    const { replicas, endpoint_mode, placement, update_config } = service.deploy ?? {};
    if (!isStateful(service)) return [];
    return [
      replicas !== 1 && "not exactly one replica",
      placement?.constraints?.length !== 1 && "not exactly one constraint of placement",
      endpoint_mode !== "dnsrr" && "endpoint_mode is not dnsrr",
      update_config?.order !== "stop-first" && "update_config.order is not stop-first",
    ];
  }),
  ofServices("only the proxy of the socket has the socket", (service, _stack, key) =>
    (service.volumes ?? [])
      .map(volumeOf)
      .filter(
        ({ source = "" }) =>
          key !== "socket-proxy" && /docker\.sock|^\/(?:var\/)?run\/?$/.test(source),
      )
      .map(({ source = "" }) => `mounts ${source}`),
  ),
  ofServices("ports are those of the node", ({ ports = [] }) =>
    ports
      .filter((port) => typeof port === "string" || port.mode !== "host")
      .map((port) => `port ${typeof port === "string" ? port : port.target} is not mode: host`),
  ),
  ofServices("labels are the service's: on a container they restart it", ({ labels }) => [
    labels !== undefined && "labels, instead of deploy.labels",
  ]),
  ofServices("no secret in the environment", (service) =>
    Object.entries(environmentOf(service))
      .filter(
        ([name, value]) =>
          (SECRET_NAME.test(name) && !IN_A_FILE.test(name) && !value.startsWith("/run/secrets/")) ||
          ADDRESS_WITH_PASSWORD.test(value),
      )
      .map(([name]) => `${name} is a secret`),
  ),
  ofServices("a file of the environment is a secret that is mounted", (service) => {
    const mounted = new Set(
      (service.secrets ?? []).map((each) => contentOf(each, "/run/secrets/").target),
    );
    return Object.entries(environmentOf(service))
      .filter(([name, value]) => IN_A_FILE.test(name) || value.startsWith("/run/secrets/"))
      .filter(([, value]) => !mounted.has(value))
      .map(([name, value]) => `${name}: ${value} is not mounted`);
  }),
  ofServices("what is mounted, and where it runs, is in the file", (service, stack) => [
    ...(service.configs ?? [])
      .map((each) => contentOf(each, "/").source)
      .filter((source) => stack.configs[source] === undefined)
      .map((source) => `config ${source} is not in the stack`),
    ...(service.secrets ?? [])
      .map((each) => contentOf(each, "/run/secrets/").source)
      .filter((source) => stack.secrets[source] === undefined)
      .map((source) => `secret ${source} is not in the stack`),
  ]),
  ofServices("nobody is root, has rights that he needs not, or writes to his root", (service) => [
    /^(?:0|root)(?::|$)/.test(service.user ?? "") && `user ${service.user}`,
    !service.cap_drop?.includes("ALL") && "cap_drop is not [ALL]",
    service.read_only !== true &&
      service["x-writable"] === undefined &&
      "read_only is not true, and no x-writable says why",
  ]),
];

/** All that is wrong, each with the rule that it breaks. */
export const brokenRules = (stack: Stack, rules: readonly StackRule[] = STACK_RULES): string[] =>
  rules.flatMap((rule) => rule.check(stack).map((wrong) => `${wrong} (${rule.name})`));
