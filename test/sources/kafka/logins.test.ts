import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { kafkaProgram } from "../../../scripts/services/kafka-software.ts";
import { isOnPath } from "../../../scripts/services/on-path.ts";
import { thisProcess } from "../../../scripts/services/running-process.ts";
import type { Service } from "../../../scripts/services/service.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import type { Sasl } from "../../../src/sources/kafka/wire/broker-connection.ts";
import { ReplicaProcess } from "../../replicas/replica-process.ts";
import { ownInstance } from "../../services/own-instance.ts";
import { plain, toPlain, toRecords } from "../log-records.ts";

const run = promisify(execFile);
const single = kafkaCluster(1);
const skip =
  (!(await single.software.isInstalled()) && "Kafka is not installed") ||
  (!isOnPath("openssl") && "no openssl to make a certificate with");

/** A broker with two more doors: one that asks for a login, and one that asks for it over TLS. */
function guarded(certificate: string): Service {
  return {
    ...single,
    portCount: 4,
    prepare: async (place) => {
      const commands = await single.prepare({ ...place, ports: place.ports.slice(0, 2) });
      const [open, controller, login, secure] = place.ports.map((port) => `127.0.0.1:${port}`);
      const jaas = "org.apache.kafka.common.security";
      const settings = {
        listeners: `PLAINTEXT://${open},CONTROLLER://${controller},LOGIN://${login},SECURE://${secure}`,
        "listener.security.protocol.map":
          "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,SECURE:SASL_SSL",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        ...Object.fromEntries(
          ["login", "secure"].flatMap((door) => [
            [
              `listener.name.${door}.plain.sasl.jaas.config`,
              `${jaas}.plain.PlainLoginModule required user_ann="ann's";`,
            ],
            ...["256", "512"].map((bits) => [
              `listener.name.${door}.scram-sha-${bits}.sasl.jaas.config`,
              `${jaas}.scram.ScramLoginModule required;`,
            ]),
          ]),
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": certificate,
      };
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
      await appendFile(path.join(place.data, "node-1", "server.properties"), lines.join(""));
      return commands;
    },
  };
}

describe("a broker that asks who is there", { skip }, () => {
  const instance = ownInstance("kafka-logins");
  let folder: string;
  let ports: readonly number[];
  let certificate: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kafka-logins-"));
    const [key, chain] = ["key.pem", "chain.pem"].map((name) => path.join(folder, name));
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
    await run("openssl", [...made, "-keyout", key!, "-out", chain!]);
    certificate = await readFile(chain!, "utf8");
    await appendFile(key!, certificate);
    const started = await instance.start(guarded(key!), await thisProcess());
    ports = started.ports;
    for (const bits of ["256", "512"]) {
      const alter = ["--alter", "--entity-type", "users", "--entity-name", `bob${bits}`];
      const secret = ["--add-config", `SCRAM-SHA-${bits}=[password=bob's]`];
      const server = ["--bootstrap-server", `127.0.0.1:${ports[0]}`];
      const command = [...server, ...alter, ...secret];
      await run("java", kafkaProgram(128, "kafka.admin.ConfigCommand", ...command));
    }
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const logins: readonly Sasl[] = [
    { mechanism: "plain", username: "ann", password: "ann's" },
    { mechanism: "scram-sha-256", username: "bob256", password: "bob's" },
    { mechanism: "scram-sha-512", username: "bob512", password: "bob's" },
  ];

  const open = (door: "login" | "secure", options: Partial<KafkaLogOptions>) =>
    openKafkaLog({
      brokers: [`127.0.0.1:${ports[door === "login" ? 2 : 3]}`],
      clock: { nowMs: () => Date.now() },
      patienceMs: 1000,
      ...options,
    });

  for (const sasl of logins) {
    for (const door of ["login", "secure"] as const) {
      test(`lets in who logs in with ${sasl.mechanism} at the ${door} door`, async () => {
        const tls = door === "secure" ? { tls: { ca: certificate } } : {};
        const log = await open(door, { sasl, ...tls });
        const topic = `${door}-${sasl.mechanism}`;
        await log.createTopics([{ name: topic, partitions: 1, retention: "forever" }]);
        const producer = await log.producer(topic);
        await producer.send(toRecords(topic, 0, plain("a")));
        await producer.commit();
        const batch = await log.read({ topic, partition: 0 }, 0, 100);
        assert.equal(toPlain(batch!).rows[0]?.value, "a");
        await log.close();
      });
    }

    test(`tells who has a wrong password for ${sasl.mechanism}`, async () => {
      const wrong = open("login", { sasl: { ...sasl, password: "guess" } });
      await assert.rejects(wrong, { name: ConfigError.name, message: /refuses the login/ });
    });
  }

  test("a replica goes in by the secure door as its configuration says", async () => {
    const config = path.join(folder, "config.yaml");
    const lines = [
      `bootstrap.servers: 127.0.0.1:${ports[3]}`,
      "security.protocol: SASL_SSL",
      "sasl.mechanism: SCRAM-SHA-512",
      "sasl.username: bob512",
      `ssl.ca.location: ${path.join(folder, "chain.pem")}`,
      "partitions: 1",
      `checkpoint.store: ${path.join(folder, "checkpoints")}`,
      `lake.location: ${path.join(folder, "lake")}`,
      `state.dir: ${path.join(folder, "state")}`,
      "inspector.address: off",
    ];
    await writeFile(config, lines.join("\n"));
    const password = { GDELT_STREAMS_SASL_PASSWORD: "bob's" };
    const replica = new ReplicaProcess(["run", "--config", config], password);
    await replica.until("task that runs", () => replica.tasks.length > 0);
    await replica.until("state RUNNING", () => replica.states.at(-1) === "RUNNING");
    assert.equal(await replica.stop(), 0, replica.said);
    assert.ok(!replica.said.includes("bob's"), replica.said);
  });

  test("a certificate that nobody vouches for is not trusted", async () => {
    const untrusted = open("secure", { sasl: logins[0]!, tls: {} });
    await assert.rejects(untrusted, /self-signed certificate/);
  });
});
