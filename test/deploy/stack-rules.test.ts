import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import type { Stack, StackService } from "../../src/deploy/stack.ts";
import {
  brokenRules,
  imagesByDigest,
  STACK_RULES,
  type StackRule,
} from "../../src/deploy/stack-rules.ts";

const GOOD = `
image: registry.example/a:1@sha256:${"a".repeat(64)}
user: "1000:1000"
read_only: true
cap_drop: [ALL]
stop_grace_period: 30s
logging: { driver: json-file, options: { max-size: 10m } }
environment: { PASSWORD_FILE: /run/secrets/pw, PLAIN: "1" }
secrets: [{ source: pw }]
volumes: ["data:/data"]
ports: [{ target: 80, published: 80, mode: host }]
healthcheck: { test: [CMD, "true"], interval: 10s, timeout: 1s, retries: 3, start_period: 1m }
deploy:
  replicas: 1
  endpoint_mode: dnsrr
  placement: { constraints: [node.labels.a == 1] }
  restart_policy: { condition: any }
  update_config: { order: stop-first, monitor: 90s, failure_action: rollback }
  rollback_config: { parallelism: 0 }
  resources: { limits: { cpus: "1", memory: 1G }, reservations: { cpus: "1", memory: 1G } }
`;

function stackWith(change: Record<string, unknown>, key = "one"): Stack {
  const service = { ...(parse(GOOD) as StackService), ...change };
  return {
    services: { [key]: service },
    configs: {},
    secrets: { pw: { name: "pw_0123456789ab", file: "pw" } },
    networks: {},
    volumes: {},
  };
}

const deployWith = (change: Record<string, unknown>) => ({
  deploy: { ...(parse(GOOD) as StackService).deploy, ...change },
});

/** For each rule, services that break it. A rule that is not here fails the suite. */
const BAD: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  "every image is named by tag and digest": [
    { image: "registry.example/a:1" },
    { image: `registry.example/a@sha256:${"a".repeat(64)}` },
    { image: "registry.example/a:1@sha256:abc" },
  ],
  "no key that a swarm ignores or refuses": [
    { depends_on: ["two"] },
    { container_name: "a" },
    { tmpfs: ["/tmp"] },
    { security_opt: ["no-new-privileges"] },
    { mem_limit: "1g" },
    { profiles: ["a"] },
  ],
  "no image that is gone or floats": [
    { image: "a.example/a:latest@sha256:0" },
    { image: "bitnami/kafka:4" },
    { image: "docker.io/bitnamilegacy/kafka:4" },
    { image: "grafana/grafana-oss:12" },
    { image: "minio/minio:1" },
  ],
  "resources are limited and reserved": [
    deployWith({ resources: { limits: { cpus: "1", memory: "1G" } } }),
    deployWith({ resources: { limits: { memory: "1G" }, reservations: {} } }),
  ],
  "a health check, or the reason why there is none": [
    { healthcheck: undefined },
    { healthcheck: { disable: true } },
    { healthcheck: {}, deploy: { mode: "replicated-job" } },
    { "x-no-healthcheck": "a reason, and yet there is one" },
  ],
  "a restart policy, time to stop, and logs that end": [
    { stop_grace_period: undefined },
    { logging: { driver: "json-file" } },
    deployWith({ restart_policy: undefined }),
  ],
  "an update that fails is taken back, and watched for long enough": [
    deployWith({ update_config: { order: "stop-first", monitor: "90s" } }),
    deployWith({
      update_config: { order: "stop-first", monitor: "89s", failure_action: "rollback" },
    }),
    deployWith({ rollback_config: { parallelism: 1 } }),
    deployWith({ mode: "replicated-job" }),
  ],
  "what has state is one task, in one place, that stops before it starts": [
    deployWith({ replicas: 2 }),
    deployWith({ placement: {} }),
    deployWith({ endpoint_mode: "vip" }),
    deployWith({
      update_config: { order: "start-first", monitor: "90s", failure_action: "rollback" },
    }),
  ],
  "only the proxy of the socket has the socket": [
    { volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"] },
    { volumes: [{ type: "bind", source: "/run", target: "/run" }] },
  ],
  "ports are those of the node": [{ ports: ["80:80"] }, { ports: [{ target: 80, published: 80 }] }],
  "labels are the service's: on a container they restart it": [{ labels: { a: "1" } }],
  "no secret in the environment": [
    { environment: { DB_PASSWORD: "x" } },
    { environment: ["API_TOKEN=x"] },
    { environment: { MART_URL: "postgres://user:pw@host/db" } },
  ],
  "a file of the environment is a secret that is mounted": [
    { environment: { PASSWORD_FILE: "/run/secrets/other" } },
    { environment: { PASSWORD_FILE: "/run/secrets/pw" }, secrets: [] },
    { environment: { ANY: "/run/secrets/other" } },
  ],
  "what is mounted, and where it runs, is in the file": [
    { configs: ["none"] },
    { secrets: ["pw", "none"] },
  ],
  "nobody is root, has rights that he needs not, or writes to his root": [
    { user: "0" },
    { user: "root:root" },
    { cap_drop: [] },
    { read_only: false },
  ],
};

const rules: readonly StackRule[] = [imagesByDigest, ...STACK_RULES];

for (const rule of rules) {
  describe(rule.name, () => {
    test("a service that is as it should be does not break it", () => {
      assert.deepEqual(rule.check(stackWith({})), []);
    });
    for (const change of BAD[rule.name] ?? []) {
      test(`${JSON.stringify(change).slice(0, 100)} does`, () => {
        const wrong = rule.check(stackWith(change));
        assert.ok(wrong.length > 0);
        assert.ok(wrong.every((each) => each.startsWith("one: ")));
      });
    }
  });
}

test("names with a hash are wanted of configs and secrets alike", () => {
  const stack = stackWith({});
  const wrong = brokenRules({
    ...stack,
    configs: { a: { name: "a_v1", file: "a" } },
    secrets: { ...stack.secrets, b: { file: "b" } },
  });
  assert.deepEqual(
    wrong.map((each) => each.split(":")[0]),
    ["a", "b"],
  );
});

test("the proxy may have the socket, a cache may be everywhere, and a reason be enough to write", () => {
  const volumes = ["/var/run/docker.sock:/var/run/docker.sock:ro"];
  assert.deepEqual(brokenRules(stackWith({ volumes }, "socket-proxy")), []);
  assert.deepEqual(
    brokenRules(stackWith({ "x-cache": "why", ...deployWith({ replicas: 6 }) })),
    [],
  );
  assert.deepEqual(brokenRules(stackWith({ read_only: false, "x-writable": "why" })), []);
});

test("every rule has been broken", () => {
  const proven = new Set([...Object.keys(BAD), "configs and secrets are named by what is in them"]);
  assert.deepEqual(new Set(rules.map(({ name }) => name)), proven);
});
