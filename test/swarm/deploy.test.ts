import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { until } from "./lab-node.ts";
import { LAB_IMAGE, SwarmLab, whyNoSwarm } from "./swarm-lab.ts";

const reason = await whyNoSwarm();

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("a deployment on a real swarm", { skip: reason ?? false, timeout: 540_000 }, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-deployment-"));
  let lab: SwarmLab;

  before(async () => {
    lab = await SwarmLab.up(mkdtempSync(path.join(os.tmpdir(), "gs-swarm-")), 2);
    await lab.loadBusybox();
    git("init", "--quiet", "--initial-branch=main");
    execFileSync("git", ["init", "--quiet", "--bare", remote]);
    git("remote", "add", "origin", remote);
    for (const name of ["stack.yml", "look-around.sh"]) {
      copyFileSync(path.join(import.meta.dirname, name), path.join(folder, name));
    }
    writeFileSync(path.join(folder, "images.lock"), "# none\n");
    push("first");
  });

  after(async () => {
    await lab?.down();
    rmSync(folder, { recursive: true, force: true });
    rmSync(remote, { recursive: true, force: true });
  });

  const remote = `${folder}-remote`;
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args]);

  /** Commits the stack with other settings, where whoever deploys has to be able to find it. */
  function push(settings: string): void {
    writeFileSync(path.join(folder, "settings"), settings);
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@example", "commit", "--quiet", "-m", settings);
    git("push", "--quiet", "origin", "main");
  }

  function deploy(action: string, variables: Record<string, string> = {}): Promise<Ended> {
    const program = path.join(import.meta.dirname, "../../bin/gdelt-streams.js");
    const where = [
      "--stack",
      path.join(folder, "stack.yml"),
      "--name",
      "lab",
      "--host",
      lab.manager.host,
    ];
    const env = { ...process.env, IMAGE: LAB_IMAGE, ...variables };
    const args = [program, "deploy", action, ...where, "--loaded-images", "--patience", "3m"];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }

  /** The containers of each service, by name: another id is another container. */
  async function containers(): Promise<Record<string, string>> {
    const lines = await lab.node(2).docker("ps", "--format", "{{.Names}} {{.ID}}");
    return Object.fromEntries(
      lines
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => [line.split(".")[0]!, line.split(" ")[1]!]),
    );
  }

  test("runs all of the stack, in its order", async () => {
    const { code, stdout, stderr } = await deploy("apply");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(stdout.match(/^deploys .*/gm), [
      "deploys store",
      "deploys job",
      "deploys one, two",
      "deploys check",
    ]);
    assert.match(stdout, /^ {2}it works$/m);
    const logs = await lab.manager.docker("service", "logs", "--raw", "lab_job");
    assert.equal(logs, "a price of $5");
    assert.equal((await deploy("status")).code, 0);
  });

  test("changes nothing when it is done again", async () => {
    const there = await containers();
    assert.deepEqual(Object.keys(there).toSorted(), ["lab_one", "lab_store", "lab_two"]);
    const { code, stdout } = await deploy("apply");
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /^deploys/m);
    assert.deepEqual(await containers(), there);
  });

  test("restarts who mounts a config that has changed, and nobody else", async () => {
    const there = await containers();
    writeFileSync(path.join(folder, "settings"), "second");
    const refused = await deploy("apply");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /M settings/);
    push("second");
    const { code, stdout, stderr } = await deploy("apply");
    assert.equal(code, 0, stdout + stderr);
    const now = await containers();
    assert.notEqual(now["lab_one"], there["lab_one"]);
    assert.deepEqual({ ...now, lab_one: "" }, { ...there, lab_one: "" });
  });

  test("takes back what the last deployment has changed, and nothing else", async () => {
    const there = await containers();
    const { code, stdout, stderr } = await deploy("rollback");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^takes back lab_one$/m);
    const now = await containers();
    assert.notEqual(now["lab_one"], there["lab_one"]);
    assert.deepEqual({ ...now, lab_one: "" }, { ...there, lab_one: "" });
    assert.match((await deploy("plan")).stdout, /^~ restart one\n {12}configs: /m);
    assert.equal((await deploy("apply")).code, 0);
  });

  test("saves volumes while the stack stands still, and restores them", async () => {
    const kept = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-backup-"));
    const env = { ...process.env, DOCKER_HOST: lab.manager.host, STACK: "lab", IMAGE: LAB_IMAGE };
    const script = path.join(import.meta.dirname, "../../deploy/backup");
    const backup = (...args: string[]) =>
      execFileSync(script, args, { env, encoding: "utf8", timeout: 120_000 });
    const inVolume = (command: string) =>
      lab
        .node(2)
        .docker("run", "--rm", "-u", "0", "-v", "lab_store:/data", LAB_IMAGE, "sh", "-c", command);
    await inVolume("echo before >/data/file");
    assert.match(backup("stop"), /lab_one has stopped\n(?:.*\n)*lab_store has stopped/);
    assert.deepEqual(await containers(), {});
    assert.equal(backup("save", kept), "lab_store is done\n");
    await inVolume("echo after >/data/file && echo more >/data/other");
    backup("restore", kept);
    assert.equal(await inVolume("cat /data/*"), "before");
    backup("start");
    assert.equal((await deploy("status")).code, 0);
    assert.match((await deploy("plan")).stdout, /^0 to restart, 0 to start, 0 to change/m);
    rmSync(kept, { recursive: true });
  });

  test("finds a volume whose service may not write to it, and leaves no job behind", async () => {
    const { code, stdout, stderr } = await deploy("doctor");
    assert.equal(code, 1, stderr);
    assert.match(
      stdout,
      /^FAIL volumes: node-2: volume store belongs to 0:0 \(755\), and store is 1000:1000/m,
    );
    assert.match(stdout, /^ok {3}places$/m);
    assert.match(stdout, /^ok {3}clocks$/m);
    const services = await lab.manager.docker("service", "ls", "--format", "{{.Name}}");
    assert.doesNotMatch(services, /doctor/);
  });

  test("ends with an error when the swarm takes a bad version back, and the old one runs again", async () => {
    const { code, stderr } = await deploy("apply", { SECONDS: "no-number" });
    assert.equal(code, 1);
    assert.match(stderr, /^lab_two: rollback_/);
    assert.equal((await deploy("status")).code, 1);
    await until("the old version runs", 60_000, async () => "lab_two" in (await containers()));
    const { stdout } = await deploy("plan");
    assert.match(stdout, /^0 to restart/m);
  });
});
