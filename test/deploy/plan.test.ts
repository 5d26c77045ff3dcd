import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import { type Deployed, planDeployment, planText } from "../../src/deploy/plan.ts";
import { readStack } from "../../src/deploy/read-stack.ts";

const recorded = path.join(import.meta.dirname, "recorded");
const read = (name: string) => readFileSync(path.join(recorded, name), "utf8");
const text = read("stack.yml");

const deployed: Deployed = {
  services: JSON.parse(read("services.json")) as DeployedService[],
  networkNames: new Map(
    read("networks.json")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { ID: string; Name: string })
      .map(({ ID, Name }) => [ID, Name]),
  ),
};

interface Changes {
  readonly change?: (text: string) => string;
  readonly settings?: string;
  readonly image?: string;
}

/** The plan for the stack that was recorded, with changes. Its files held `a` and `b`. */
function plan({ change, settings = "a", image = "registry.example/a:1" }: Changes = {}) {
  const changed = change?.(text) ?? text;
  assert.ok(change === undefined || changed !== text, "the change changes something");
  const { stack } = readStack({
    text: changed,
    variables: { IMAGE: image },
    contentOf: (file) => Buffer.from(file.endsWith("settings") ? settings : "b"),
  });
  return planDeployment(stack, "rec", deployed);
}

const actions = (changes: Changes) =>
  Object.fromEntries(plan(changes).map(({ service, action }) => [service, action]));

const KEPT = { many: "keep", plain: "keep", everywhere: "keep", once: "job" };

describe("what a deployment does", () => {
  test("is nothing when the same stack is deployed again, but that jobs run", () => {
    assert.deepEqual(
      plan().filter(({ action }) => action === "restart" || action === "change"),
      [],
    );
    assert.deepEqual(actions({}), KEPT);
  });

  test("is a restart of those who mount a config that has changed, and says which", () => {
    assert.deepEqual(actions({ settings: "c" }), { ...KEPT, many: "restart", plain: "restart" });
    const reasons = plan({ settings: "c" }).find(({ service }) => service === "plain")!.reasons;
    assert.deepEqual(reasons, [
      "configs: /settings: rec_settings_ca978112ca1b (0:0 444) → /settings: rec_settings_2e7d2c03a950 (0:0 444)",
    ]);
  });

  test("is a restart of all who have an image that has changed", () => {
    const step = plan({ image: "registry.example/a:2" })[1]!;
    assert.deepEqual(step, {
      service: "plain",
      action: "restart",
      reasons: ["image: registry.example/a:1 → registry.example/a:2"],
    });
  });

  /** Whatever a task is made of, one change each. */
  const RESTARTS: readonly [from: string, to: string][] = [
    ['user: "1000:1000"', 'user: "1001:1000"'],
    ["hostname: many-", "hostname: more-"],
    ["entrypoint: [node, /a.js]", "entrypoint: [node, /b.js]"],
    ["two words]", "one, two]"],
    ["init: true", "init: false"],
    ["read_only: true\n    cap", "read_only: false\n    cap"],
    ["cap_drop: [ALL]", "cap_drop: [CHOWN]"],
    ["stop_signal: SIGINT", "stop_signal: SIGQUIT"],
    ["stop_grace_period: 1m30s", "stop_grace_period: 1m31s"],
    ['B: "2"', 'B: "3"'],
    ["NUMBER: 7", "NUMBER: 8"],
    ["aliases: [other]", "aliases: [another]"],
    [", ops: {} }", " }"],
    ["published: 443", "published: 444"],
    ["mode: 0o440", "mode: 0o444"],
    ["target: /etc/settings", "target: /etc/other"],
    ['uid: "1000", gid', 'uid: "1001", gid'],
    ["state:/state\n", "state:/other\n"],
    ["size: 1048576", "size: 2097152"],
    ["propagation: rslave", "propagation: rprivate"],
    ["max-size: 10m", "max-size: 11m"],
    ["interval: 1m", "interval: 2m"],
    ["retries: 3", "retries: 4"],
    ["node.labels.a == b", "node.labels.a == c"],
    ["max_replicas_per_node: 1", "max_replicas_per_node: 2"],
    ["delay: 5s }\n      resources", "delay: 6s }\n      resources"],
    ["memory: 1G", "memory: 2G"],
    ['cpus: "0.05"', 'cpus: "0.06"'],
  ];
  for (const [from, to] of RESTARTS) {
    test(`is a restart for ${JSON.stringify(to)} instead of ${JSON.stringify(from)}`, () => {
      const change = (whole: string) => whole.replace(from, to);
      assert.deepEqual(actions({ change }), { ...KEPT, many: "restart" });
    });
  }

  const CHANGES: readonly [from: string, to: string][] = [
    ["replicas: 2", "replicas: 3"],
    ['prometheus.port: "80"', 'prometheus.port: "81"'],
    ["monitor: 5m", "monitor: 6m"],
    ["parallelism: 0", "parallelism: 1"],
  ];
  for (const [from, to] of CHANGES) {
    test(`is no restart for ${to} instead of ${from}`, () => {
      const change = (whole: string) => whole.replace(from, to);
      assert.deepEqual(actions({ change }), { ...KEPT, many: "change" });
    });
  }

  test("starts what is new, and removes what is gone", () => {
    const change = (whole: string) => whole.replace("  everywhere:", "  elsewhere:");
    assert.deepEqual(actions({ change }), {
      many: "keep",
      plain: "keep",
      elsewhere: "start",
      everywhere: "remove",
      once: "job",
    });
  });

  test("is all of it the first time", () => {
    const { stack } = readStack({
      text,
      variables: { IMAGE: "a" },
      contentOf: () => Buffer.from("a"),
    });
    const first = planDeployment(stack, "rec", { services: [], networkNames: new Map() });
    assert.deepEqual(
      first.map(({ action }) => action),
      ["start", "start", "start", "job"],
    );
  });
});

test("a plan is told with its reasons, and a summary at the end", () => {
  assert.equal(
    planText(plan({ change: (whole) => whole.replace("replicas: 2", "replicas: 3") })),
    `· change  many
            replicas: replicated 2 → replicated 3
» job     once
            jobs run at every deployment
  keep    plain everywhere
0 to restart, 0 to start, 1 to change, 0 to remove, 1 jobs to run, 2 as they are
`,
  );
});
