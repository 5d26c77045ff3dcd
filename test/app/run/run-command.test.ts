import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { ReplicaProcess } from "../../replicas/replica-process.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-run-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

let files = 0;
function started(lines: readonly string[], ...args: readonly string[]): ReplicaProcess {
  const config = path.join(scratch, `config-${files++}.yaml`);
  const needed = [
    `checkpoint.store: ${scratch}/checkpoints`,
    `lake.location: ${scratch}/lake`,
    `state.dir: ${scratch}/state-${files}`,
  ];
  writeFileSync(config, [...needed, ...lines].join("\n"));
  return new ReplicaProcess(["run", "--config", config, ...args], {});
}

describe("gdelt-streams run", () => {
  test("says everything that is wrong with its configuration, and begins nothing", async () => {
    const replica = started(["bootstrap.server: a:1", "partitions: many"]);
    assert.equal(await replica.ended, 2);
    const told = replica.said.replaceAll(/\S*config-\d+\.yaml/g, "FILE");
    assert.equal(
      told,
      "gdelt-streams: FILE:4: there is no option bootstrap.server; did you mean bootstrap.servers?\n" +
        "bootstrap.servers is not set; it takes a list, with commas between its entries\n" +
        'FILE:5: partitions takes a whole number from 1 to 64, not "many"\n',
    );
  });

  test("shows the settings that count", async () => {
    const login = ["security.protocol: SASL_SSL", "sasl: { username: ann, password: hush-hush }"];
    const replica = started(["bootstrap.servers: a:1", ...login], "--print-config");
    assert.equal(await replica.ended, 0, replica.said);
    assert.match(replica.said, /^bootstrap\.servers: a:1 +# .*\.yaml:4$/m);
    assert.match(replica.said, /^sasl\.password: "\*\*\*" +# .*\.yaml:6$/m);
    assert.ok(!replica.said.includes("hush"));
  });

  test("ends with the cause when no broker can be reached", async () => {
    const lines = ["bootstrap.servers: 127.0.0.1:1", "default.api.timeout.ms: 1000"];
    const replica = started([...lines, "num.stream.threads: 2"]);
    assert.equal(await replica.ended, 1, replica.said);
    assert.deepEqual(replica.states, ["PENDING_ERROR", "ERROR"]);
    const deaths = replica.lines.filter(({ level }) => level === "error");
    assert.match(deaths[0]!.msg, /^StreamThread-\d has died: reaching Kafka at 127\.0\.0\.1:1: /);
  });

  test("stops at once while it has not yet joined the others", async (t) => {
    // Takes connections, and never answers.
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const connected = new Promise((resolve) => silent.once("connection", resolve));
    const replica = started([`bootstrap.servers: 127.0.0.1:${port}`]);
    await connected;
    assert.equal(await replica.stop(), 0, replica.said);
    assert.deepEqual(replica.states, ["PENDING_SHUTDOWN", "NOT_RUNNING"]);
  });

  test("has its folder for state to itself", async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const connected = new Promise((resolve) => silent.once("connection", resolve));
    const state = ["--config", path.join(scratch, "shared.yaml")];
    writeFileSync(
      state[1]!,
      [`bootstrap.servers: 127.0.0.1:${port}`, "checkpoint.store: c", "lake.location: l"]
        .concat(`state.dir: ${scratch}/shared`)
        .join("\n"),
    );
    const first = new ReplicaProcess(["run", ...state], {});
    await connected;
    const second = new ReplicaProcess(["run", ...state], {});
    assert.equal(await second.ended, 2, second.said);
    assert.match(second.said, /has the state of a replica in .*shared, which only one can use/);
    assert.equal(await first.stop(), 0, first.said);
  });
});
