import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { imageVariables } from "../../deploy/project-stack.ts";

const root = path.join(import.meta.dirname, "../../..");
const recorded = path.join(root, "test/deploy/recorded");
const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-deploy-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const folder = path.join(scratch, "stack");
mkdirSync(folder);
copyFileSync(path.join(recorded, "stack.yml"), path.join(folder, "stack.yml"));
writeFileSync(path.join(folder, "settings"), "a");
writeFileSync(path.join(folder, "password"), "b");
writeFileSync(path.join(folder, "images.lock"), "# none\nIMAGE_OTHER=a.example/a:1\n");

/** Docker's command, as it answered when the stack had been deployed. */
const DOCKER = `#!/bin/sh
[ "$1 $2" = "--host ssh://manager" ] || { echo "no host: $*" >&2; exit 1; }
shift 2
case "$*" in
"service ls --quiet --filter label=com.docker.stack.namespace=none") ;;
"stack deploy --detach=true --with-registry-auth --resolve-image=always -c - none")
  cat >${scratch}/deployed.json
  echo 'image a:1 could not be accessed on a registry to record' >&2
  echo 'its digest. Each node will access a:1 independently,' >&2 ;;
"service ls --quiet"*) echo id ;;
"service ls"*) printf 'rec_many 1/2 (max 1 per node)\\nrec_plain 1/1\\nrec_everywhere 3/3\\nrec_once 0/1 (1/1 completed)\\n' ;;
"service inspect id") cat ${recorded}/services.json ;;
"service ps"*) echo 'rec_many.2 node-2: Rejected 3 seconds ago "no such image"' ;;
"network ls"*) sed 's/.*"ID":"\\([^"]*\\)","Name":"\\([^"]*\\)".*/\\1 \\2/' ${recorded}/networks.json ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
`;
writeFileSync(path.join(scratch, "docker"), DOCKER, { mode: 0o755 });

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const RECORDED = ["--stack", path.join(folder, "stack.yml"), "--name", "rec"];

function deploy(
  args: readonly string[],
  stack: readonly string[] = RECORDED,
  variables: Readonly<Record<string, string>> = { IMAGE: "registry.example/a:1" },
): Promise<Ended> {
  const env = { ...process.env, PATH: `${scratch}:${process.env["PATH"]}`, ...variables };
  const all = [path.join(root, "bin/gdelt-streams.js"), "deploy", ...args, ...stack];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const secrets = path.join(scratch, "secrets");
await promisify(execFile)(path.join(root, "deploy/make-secrets"), [
  secrets,
  "a.example",
  "https://b",
]);

/** deploy/stack.yml, whose images get a digest here if they have none yet. */
const deployProject = (...args: string[]): Promise<Ended> => {
  const site = { DOCKER_GID: "998", KAFKA_CLUSTER_ID: "MkU3OEVBNTcwNTJENDM2Qk", SECRETS: secrets };
  const stack = ["--stack", path.join(root, "deploy/stack.yml"), "--name", "none"];
  return deploy([...args, "--host", "ssh://manager"], stack, { ...imageVariables(), ...site });
};

describe("gdelt-streams deploy", () => {
  test("refuses a stack that breaks rules, and says all that is wrong", async () => {
    const { code, stderr } = await deploy(["plan", "--host", "ssh://manager"]);
    assert.equal(code, 2);
    assert.match(stderr, /plain: image registry\.example\/a:1: no digest/);
    assert.match(stderr, /plain: cap_drop is not \[ALL\]/);
  });

  test("plans the stack of the project for a swarm that has nothing of it", async () => {
    const { code, stdout, stderr } = await deployProject("plan", "--loaded-images");
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.match(stdout, /^\+ start {3}silver\n {12}it is new$/m);
    assert.match(stdout, /^» job {5}bucket$/m);
    assert.match(
      stdout,
      /^0 to restart, 20 to start, 0 to change, 0 to remove, 5 jobs to run, 0 as they are$/m,
    );
  });

  test("hands Docker what holds data first, and ends where no registry has an image", async () => {
    const { code, stdout, stderr } = await deployProject("apply", "--any-tree");
    assert.match(stdout, /^deploys kafka-1, .*postgres$/m);
    const { services } = JSON.parse(readFileSync(path.join(scratch, "deployed.json"), "utf8"));
    assert.equal(Object.keys(services).length, 8);
    assert.equal(code, 2);
    assert.match(stderr, /no registry has a:1/);
  });

  test("tells how the services do, with an exit code", async () => {
    const { code, stdout } = await deploy(["status", "--host", "ssh://manager"]);
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `ok   3/3    rec_everywhere
FAIL 1/2    rec_many
            rec_many.2 node-2: Rejected 3 seconds ago "no such image"
ok   1/1    rec_once
ok   1/1    rec_plain
`,
    );
  });

  test("says what Docker said when it cannot be asked", async () => {
    const { code, stderr } = await deploy(["status"]);
    assert.notEqual(code, 0);
    assert.match(stderr, /docker service ls: no host/);
  });

  test("wants to know what to do", async () => {
    const { code, stderr } = await deploy(["undo"]);
    assert.equal(code, 2);
    assert.match(stderr, /usage: gdelt-streams deploy plan\|apply\|status\|rollback\|doctor/);
  });
});
