import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { OPTION_NAMES } from "../../src/app/config/catalogue.ts";
import { loadConfiguration } from "../../src/app/config/configuration.ts";
import { variableOf } from "../../src/app/config/environment.ts";
import { contentOf, environmentOf, networksOf, volumeOf } from "../../src/deploy/stack.ts";
import { stackDurationMs } from "../../src/deploy/stack-duration.ts";
import { brokenRules, imagesByDigest } from "../../src/deploy/stack-rules.ts";
import { imageVariables, projectStack, SITE } from "./project-stack.ts";

const folder = path.join(import.meta.dirname, "../../deploy");
const read = (name: string) => readFileSync(path.join(folder, name), "utf8");
const { stack, variables } = projectStack();
const services = Object.entries(stack.services);
const of = (name: string) => stack.services[name]!;

/** The configuration that a service of the application gets: the file, and its variables. */
function configurationOf(name: string) {
  const environment = Object.fromEntries(
    Object.entries(environmentOf(of(name)))
      .filter(([variable]) => variable.startsWith("GDELT_STREAMS_"))
      .map(([variable, value]) =>
        // There are no secrets here: the file of an address holds an address.
        variable.endsWith("_FILE")
          ? [variable.slice(0, -"_FILE".length), "postgres://feeder@postgres/mart"]
          : [variable, value],
      ),
  );
  return loadConfiguration({ file: path.join(folder, "config/gdelt-streams.yaml"), environment });
}

describe("deploy/stack.yml", () => {
  test("breaks no rule", () => {
    assert.ok(services.length >= 22);
    assert.deepEqual(brokenRules(stack), []);
    assert.deepEqual(imagesByDigest.check(stack), []);
  });

  test("wants no variable that is not set for it, and no hash that it does not use", () => {
    const text = read("stack.yml");
    const wanted = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
    const hashes = Object.keys(variables).filter((name) => name.startsWith("SHA_"));
    assert.ok(hashes.length > 20);
    assert.deepEqual(
      hashes.filter((name) => !wanted.has(name)),
      [],
    );
    const known = new Set([...Object.keys(imageVariables()), ...Object.keys(SITE), ...hashes]);
    assert.deepEqual(
      [...wanted].filter((name) => !known.has(name)),
      [],
    );
  });

  test("says what a variable is without a hyphen, which Docker would take for the sign of a default", () => {
    const messages = [...read("stack.yml").matchAll(/\$\{\w+:\?([^}]*)\}/g)].map(
      ([, text]) => text!,
    );
    assert.ok(messages.some((text) => text !== ""));
    assert.deepEqual(
      messages.filter((text) => text.includes("-")),
      [],
    );
  });

  test("uses every config, secret, network and volume that it has, and no other", () => {
    const used = {
      configs: services.flatMap(([, { configs = [] }]) =>
        configs.map((each) => contentOf(each, "/").source),
      ),
      secrets: services.flatMap(([, { secrets = [] }]) =>
        secrets.map((each) => contentOf(each, "/run/secrets/").source),
      ),
      networks: services.flatMap(([, service]) => Object.keys(networksOf(service))),
      volumes: services.flatMap(([, { volumes = [] }]) =>
        volumes
          .map(volumeOf)
          .filter(({ type }) => type === "volume")
          .map(({ source }) => source),
      ),
    };
    for (const [kind, names] of Object.entries(used)) {
      const there = Object.keys(stack[kind as keyof typeof used]).toSorted();
      assert.deepEqual([...new Set(names)].toSorted(), there, kind);
    }
  });

  test("has files for its configs, and secrets nowhere in the repository", () => {
    for (const [name, { file }] of Object.entries(stack.configs)) {
      assert.ok(existsSync(path.join(folder, file!)), name);
    }
    for (const [name, { file }] of Object.entries(stack.secrets)) {
      assert.equal(file, `${SITE["SECRETS"]}/${name}`);
    }
  });

  test("puts Kafka, MinIO and the joins on workers, and what watches them elsewhere", () => {
    const places = services.map(([name, { deploy }]) => [
      name,
      deploy?.placement?.constraints?.[0] ?? "",
    ]);
    const on = (pattern: RegExp) =>
      places.filter(([, at]) => pattern.test(at!)).map(([name]) => name!);
    const monitoring = [
      "gold",
      "prometheus",
      "alertmanager",
      "grafana",
      "kafka-exporter",
      "postgres-exporter",
    ];
    assert.deepEqual(on(/role == monitoring/).toSorted(), monitoring.toSorted());
    assert.deepEqual(on(/role == manager/), ["proxy", "socket-proxy"]);
    const indexes = on(/gdelt\.index == [1-6]$/);
    assert.equal(indexes.filter((name) => name.startsWith("kafka-")).length, 3);
    assert.equal(indexes.filter((name) => name.startsWith("minio-")).length, 4);
    assert.equal(of("silver").deploy?.replicas, 6);
    assert.equal(of("silver").deploy?.placement?.max_replicas_per_node, 1);
  });

  test("gives no two parts of Kafka or MinIO one node", () => {
    for (const kind of ["kafka-", "minio-"]) {
      const at = services
        .filter(([name, { volumes }]) => name.startsWith(kind) && volumes !== undefined)
        .map(([, { deploy }]) => deploy?.placement?.constraints?.[0]);
      assert.equal(new Set(at).size, at.length);
    }
  });

  test("names each of Kafka and MinIO as the others know it", () => {
    for (const node of ["1", "2", "3"]) {
      const environment = environmentOf(of(`kafka-${node}`));
      assert.equal(environment["KAFKA_NODE_ID"], node);
      assert.equal(environment["KAFKA_ADVERTISED_LISTENERS"], `PLAINTEXT://kafka-${node}:9092`);
      assert.match(
        environment["KAFKA_CONTROLLER_QUORUM_VOTERS"]!,
        new RegExp(`${node}@kafka-${node}:9093`),
      );
      assert.equal(of(`kafka-${node}`).hostname, `kafka-${node}`);
    }
    for (const node of ["1", "2", "3", "4"]) {
      assert.equal(of(`minio-${node}`).hostname, `minio-${node}`);
      assert.deepEqual(networksOf(of(`minio-${node}`))["data"], ["minio"]);
    }
  });
});

describe("the application in the stack", () => {
  test("is given variables that it knows", () => {
    const known = new Set(
      OPTION_NAMES.flatMap((name) => [variableOf(name), `${variableOf(name)}_FILE`]),
    );
    const given = services.flatMap(([, service]) =>
      Object.keys(environmentOf(service)).filter((name) => name.startsWith("GDELT_STREAMS_")),
    );
    assert.ok(given.length >= 5);
    assert.deepEqual(
      given.filter((name) => !known.has(name)),
      [],
    );
  });

  test("starts with its configuration, as a replica and as the producer", () => {
    const replica = configurationOf("silver").settings;
    assert.deepEqual(replica["bootstrap.servers"], [
      "kafka-1:9092",
      "kafka-2:9092",
      "kafka-3:9092",
    ]);
    assert.ok(replica.partitions >= of("silver").deploy!.replicas!, "a task for each replica");
    assert.equal(replica["inspector.replicas"], of("silver").deploy!.replicas);
    const { port } = replica["inspector.address"] as { port: number };
    assert.deepEqual((of("feed").command as string[]).slice(-2), [
      "--inspector",
      `0.0.0.0:${port}`,
    ]);
    assert.equal(of("feed").deploy!.labels!["prometheus.port"], String(port));
  });

  test("has names for its replicas which differ, and stay", () => {
    const { GDELT_STREAMS_GROUP_INSTANCE_ID: id } = environmentOf(of("silver"));
    assert.match(id!, /\{\{\.Task\.Slot\}\}/);
  });

  test("may stop for as long as it needs, and longer", () => {
    const drainMs = configurationOf("silver").settings["shutdown.timeout.ms"];
    for (const name of ["silver", "feed"]) {
      assert.ok(stackDurationMs(of(name).stop_grace_period!) >= drainMs + 30_000, name);
    }
  });

  test("asks its peers where they are, and is asked for its health where it listens", () => {
    const settings = configurationOf("silver").settings;
    const { port, host } = settings["inspector.address"] as { port: number; host: string };
    assert.equal(host, "0.0.0.0");
    assert.deepEqual(settings["inspector.peers"], [`http://tasks.silver:${port}`]);
    const [, ...command] = of("silver").healthcheck!.test!;
    assert.match(command.join(" "), new RegExp(`127\\.0\\.0\\.1:${port}/healthz`));
    const dockerfile = read("images/app/Dockerfile");
    assert.ok(dockerfile.includes(command.at(-1)!), "the same check as the image's");
    assert.match(read("config/proxy.conf"), new RegExp(`\\$inspector:${port};`));
  });
});

describe("Prometheus in the stack", () => {
  interface Relabel {
    readonly source_labels?: string[];
    readonly regex?: string;
  }
  const settings = parse(read("config/prometheus.yml"), { merge: true }) as {
    scrape_configs: {
      job_name: string;
      relabel_configs: Relabel[];
      dockerswarm_sd_configs: { host: string }[];
    }[];
  };
  const scraped = services.filter(
    ([, { deploy }]) => deploy?.labels?.["prometheus.job"] !== undefined,
  );

  test("can reach whoever has its labels, and the proxy that tells who they are", () => {
    assert.ok(scraped.length >= 7);
    for (const [name, service] of [...scraped, ["prometheus", of("prometheus")] as const]) {
      assert.ok("ops" in networksOf(service), `${name} is not in the network ops`);
    }
    for (const {
      dockerswarm_sd_configs: swarm,
      relabel_configs: rules,
    } of settings.scrape_configs) {
      assert.equal(swarm[0]?.host, "tcp://tasks.socket-proxy:2375");
      const network = rules.find(
        (rule) => rule.source_labels?.[0] === "__meta_dockerswarm_network_name",
      );
      assert.equal(network?.regex, "gdelt_ops");
    }
  });

  test("knows the jobs of the Prometheus outside of a swarm, which boards and rules ask for", () => {
    const outside = parse(read("prometheus/prometheus.yml")) as typeof settings;
    const jobs = new Set(scraped.map(([, { deploy }]) => deploy!.labels!["prometheus.job"]));
    assert.deepEqual(
      outside.scrape_configs.map(({ job_name }) => job_name).filter((job) => !jobs.has(job)),
      [],
    );
  });

  test("scrapes ports as numbers in text, since labels are text", () => {
    for (const [name, { deploy }] of scraped) {
      assert.match(deploy!.labels!["prometheus.port"]!, /^\d+$/, name);
    }
  });
});
