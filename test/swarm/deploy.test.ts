import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { LAB_IMAGE, SwarmLab, until, whyNoSwarm } from "./swarm-lab.ts";

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
    lab = await SwarmLab.up(2);
    copyFileSync(path.join(import.meta.dirname, "stack.yml"), path.join(folder, "stack.yml"));
    writeFileSync(path.join(folder, "images.lock"), "# none\n");
    writeFileSync(path.join(folder, "settings"), "first");
  });

  after(async () => {
    await lab?.down();
    rmSync(folder, { recursive: true, force: true });
  });

  function deploy(action: string, variables: Record<string, string> = {}): Promise<Ended> {
    const program = path.join(import.meta.dirname, "../../bin/gdelt-streams.js");
    const where = [
      "--stack",
      path.join(folder, "stack.yml"),
      "--name",
      "lab",
      "--host",
      lab.host(1),
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
    const lines = await lab.docker(2, "ps", "--format", "{{.Names}} {{.ID}}");
    return Object.fromEntries(
      lines.split("\n").map((line) => [line.split(".")[0]!, line.split(" ")[1]!]),
    );
  }

  test("runs all of the stack, in its order", async () => {
    const { code, stdout, stderr } = await deploy("apply");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(stdout.match(/^deploys .*/gm), [
      "deploys store",
      "deploys job",
      "deploys one, two",
    ]);
    const logs = await lab.docker(1, "service", "logs", "--raw", "lab_job");
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
    const { code, stdout, stderr } = await deploy("apply");
    assert.equal(code, 0, stdout + stderr);
    const now = await containers();
    assert.notEqual(now["lab_one"], there["lab_one"]);
    assert.deepEqual({ ...now, lab_one: "" }, { ...there, lab_one: "" });
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
