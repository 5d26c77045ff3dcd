import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Instance } from "../../scripts/services/instance.ts";
import type { Holder, InstanceState } from "../../scripts/services/instance-state.ts";
import { freePorts, isListening } from "../../scripts/services/ports.ts";
import {
  endProcess,
  isRunning,
  processOf,
  type RunningProcess,
} from "../../scripts/services/running-process.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { listeningService } from "./listening-service.ts";

const scratch = await mkdtemp(path.join(tmpdir(), "gdelt-streams-instance-"));
after(() => rm(scratch, { recursive: true, force: true }));

let count = 0;
const newFolder = () => path.join(scratch, `instance-${++count}`);

const pidsOf = ({ servers }: InstanceState) => servers.map(({ pid }) => pid);

/** A process that waits, as one that holds a service. */
async function bystander(): Promise<RunningProcess> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 100_000)"], {
    stdio: "ignore",
  });
  await once(child, "spawn");
  after(() => child.kill("SIGKILL"));
  return (await processOf(child.pid!))!;
}

async function assertStopped({ servers, ports }: InstanceState): Promise<void> {
  for (const server of servers) assert.equal(await isRunning(server), false, `${server.pid} runs`);
  for (const port of ports) assert.equal(await isListening(port), false, `${port} is open`);
}

const single = listeningService(1);

test("what was started listens, and after the stop its processes are gone and its ports closed", async () => {
  const cluster = listeningService(3);
  const instance = new Instance(newFolder());
  assert.equal(await instance.running(), null);
  const started = await instance.start(cluster, "hand");
  assert.equal(new Set(pidsOf(started)).size, 3);
  for (const port of started.ports) assert.ok(await isListening(port));
  assert.deepEqual(await instance.running(), started);
  assert.deepEqual(await instance.stop("hand"), []);
  await assertStopped(started);
  assert.equal(await instance.running(), null);
});

test("started twice there is one server, and stopped twice there is none", async () => {
  const folder = newFolder();
  const instance = new Instance(folder);
  const first = await instance.start(single, "hand");
  assert.deepEqual(await instance.start(single, "hand"), first);
  await instance.stop("hand");
  assert.deepEqual(await instance.stop("hand"), []);
  await assertStopped(first);
  assert.equal(existsSync(path.join(folder, "data")), false);
});

test("of several that start it at once, one does", async () => {
  const folder = newFolder();
  const starts = Array.from({ length: 4 }, () => new Instance(folder).start(single, "hand"));
  const [first, ...others] = await Promise.all(starts);
  for (const other of others) assert.deepEqual(pidsOf(other), pidsOf(first!));
  await new Instance(folder).stop("hand");
  await assertStopped(first!);
});

test("it is stopped when the last one that needs it has left", async () => {
  const instance = new Instance(newFolder());
  const [one, two] = [await bystander(), await bystander()];
  const started = await instance.start(single, one);
  await instance.start(single, "hand");
  await instance.start(single, two);
  assert.deepEqual(await instance.stop(one), ["hand", two] satisfies Holder[]);
  assert.deepEqual(await instance.stop("hand"), [two] satisfies Holder[]);
  assert.deepEqual(pidsOf((await instance.running())!), pidsOf(started));
  assert.deepEqual(await instance.stop(two), []);
  await assertStopped(started);
});

test("a process that died needs nothing any more", async () => {
  const instance = new Instance(newFolder());
  const [dead, alive] = [await bystander(), await bystander()];
  const started = await instance.start(single, dead);
  await instance.start(single, alive);
  await endProcess(dead, "SIGKILL", 5_000);
  assert.deepEqual(await instance.stop(alive), []);
  await assertStopped(started);
});

test("a process that has the id of a server, but is another, is left alone", async () => {
  const folder = newFolder();
  const instance = new Instance(folder);
  const started = await instance.start(single, "hand");
  const other = await bystander();
  await endProcess(started.servers[0]!, "SIGKILL", 5_000);
  // As if the system had given the id again.
  const stateFile = path.join(folder, "state.json");
  const state = JSON.parse(readFileSync(stateFile, "utf8"));
  state.servers[0].pid = other.pid;
  writeFileSync(stateFile, JSON.stringify(state));
  assert.equal(await instance.running(), null);
  const again = await instance.start(single, "hand");
  assert.ok(await isRunning(other), "the other one was ended by a start");
  writeFileSync(stateFile, JSON.stringify({ ...state, servers: [state.servers[0]] }));
  await instance.stop("hand");
  assert.ok(await isRunning(other), "the other one was ended by a stop");
  await endProcess(again.servers[0]!, "SIGKILL", 5_000);
});

test("what was not ready yet when its start was killed is started anew", async () => {
  const folder = newFolder();
  const late = listeningService(
    1,
    "setTimeout(() => require('node:net').createServer().listen(process.argv[1]), 500)",
  );
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    const { Instance } = await import(${module("../../scripts/services/instance.ts")});
    const { listeningService } = await import(${module("./listening-service.ts")});
    const never = listeningService(1, "setTimeout(process.exit, 60_000)");
    await new Instance(${JSON.stringify(folder)}).start(never, "hand");`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stateFile = path.join(folder, "state.json");
  while (!existsSync(stateFile)) await sleep(20);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  const instance = new Instance(folder);
  const [stuck] = (JSON.parse(readFileSync(stateFile, "utf8")) as InstanceState).servers;
  assert.ok(await isRunning(stuck!));
  assert.equal(await instance.running(), null);
  const started = await instance.start(late, "hand");
  assert.equal(await isRunning(stuck!), false);
  assert.ok(await isListening(started.ports[0]!));
  await instance.stop("hand");
});

test("when one server of a cluster has died, a start begins anew with all of them", async () => {
  const cluster = listeningService(2);
  const instance = new Instance(newFolder());
  const broken = await instance.start(cluster, "hand");
  await endProcess(broken.servers[0]!, "SIGKILL", 5_000);
  assert.equal(await instance.running(), null);
  const whole = await instance.start(cluster, "hand");
  await assertStopped({ ...broken, ports: [] });
  for (const port of whole.ports) assert.ok(await isListening(port));
  await instance.stop("hand");
  await assertStopped(whole);
});

test("a restart keeps the ports and the data", async () => {
  const folder = newFolder();
  const instance = new Instance(folder);
  const started = await instance.start(single, "hand");
  writeFileSync(path.join(folder, "data", "word"), "kept");
  await endProcess(started.servers[0]!, "SIGKILL", 5_000);
  const again = await instance.restart(single);
  assert.deepEqual(again.ports, started.ports);
  assert.notDeepEqual(again.servers, started.servers);
  assert.equal(readFileSync(path.join(folder, "data", "word"), "utf8"), "kept");
  await instance.stop("hand");
  await instance.start(single, "hand");
  assert.equal(existsSync(path.join(folder, "data", "word")), false, "a start begins empty");
  await instance.stop("hand");
});

test("ports can be chosen, and one that is taken is refused", async () => {
  const [port] = await freePorts(1);
  const instance = new Instance(newFolder());
  assert.deepEqual((await instance.start(single, "hand", { port: port! })).ports, [port]);
  await assert.rejects(instance.start(single, "hand", { fsync: true }), ConfigError);
  const second = new Instance(newFolder());
  await assert.rejects(second.start(single, "hand", { port: port! }), ConfigError);
  await instance.stop("hand");
});

test("a server that ends at once is a ConfigError with the end of its log, and nothing is left", async () => {
  const program = "console.error('no such planet'); process.exit(1)";
  const broken = listeningService(1, program);
  const instance = new Instance(newFolder());
  await assert.rejects(instance.start(broken, "hand"), (error: Error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /no such planet/);
    return true;
  });
  assert.equal(await instance.running(), null);
});
