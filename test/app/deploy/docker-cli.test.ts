import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DockerCli } from "../../../src/app/deploy/docker-cli.ts";
import { ConfigError, RetriableError } from "../../../src/record/errors.ts";

/** Notes what it is called with, and answers with what lies beside it. */
const FAKE = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/calls"
[ ! -e "$here/warning" ] || cat "$here/warning" >&2
[ ! -e "$here/fails" ] || { echo "cannot connect" >&2; exit 1; }
case "$*" in *" ls "*--quiet* | *" ps "*--quiet*) echo one; echo two ;; *SystemTime*) echo 2026-01-02T00:00:00.5Z ;; *inspect*) echo "[{}]" ;; *logs*) printf 'a\\n\\nb\\n' ;; esac
`;

describe("Docker's own command", () => {
  const folder = mkdtempSync(join(tmpdir(), "gdelt-streams-docker-"));
  const way = process.env["PATH"];

  before(() => {
    writeFileSync(join(folder, "docker"), FAKE);
    chmodSync(join(folder, "docker"), 0o755);
    process.env["PATH"] = `${folder}${delimiter}${way}`;
  });
  after(() => {
    process.env["PATH"] = way;
    rmSync(folder, { recursive: true, force: true });
  });

  /** What it was called with meanwhile. */
  async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
    writeFileSync(join(folder, "calls"), "");
    await work();
    return readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  }

  const over = new DockerCli("ssh://deployer@manager:2222", false);

  test("is sent to a manager over SSH with each question, and to its own context where none is named", async () => {
    assert.deepEqual(await callsOf(() => over.nodes()), [
      "--host ssh://deployer@manager:2222 node ls --quiet",
      "--host ssh://deployer@manager:2222 node inspect one two",
    ]);
    assert.deepEqual(await callsOf(() => new DockerCli(null, false).rollback("s_a")), [
      "service rollback --detach s_a",
    ]);
  });

  test("asks registries for images, but for those that are loaded", async () => {
    const [asked] = await callsOf(() => over.deploy("s", "{}"));
    assert.match(
      asked!,
      /stack deploy --detach=true --with-registry-auth --resolve-image=always -c - s$/,
    );
    const [loaded] = await callsOf(() => new DockerCli(null, true).deploy("s", "{}"));
    assert.match(loaded!, /--resolve-image=never/);
  });

  test("tells tasks, the manager's time, and logs without empty lines", async () => {
    assert.deepEqual(await over.tasks("s"), [{}]);
    assert.equal(await over.managerMs(), Date.parse("2026-01-02T00:00:00.500Z"));
    assert.deepEqual(await over.logs("s_a"), ["a", "b"]);
  });

  test("is an error where it only warns of an image that no registry has", async () => {
    writeFileSync(join(folder, "warning"), "image a:1 could not be accessed on a registry\n");
    await assert.rejects(over.deploy("s", "{}"), (error) => error instanceof ConfigError);
    rmSync(join(folder, "warning"));
  });

  test("is the world's error where it cannot be reached, with what it said", async () => {
    writeFileSync(join(folder, "fails"), "");
    await assert.rejects(over.nodes(), (error: Error) => {
      assert.ok(error instanceof RetriableError);
      assert.match(error.message, /docker node ls: cannot connect/);
      return true;
    });
    rmSync(join(folder, "fails"));
  });
});
