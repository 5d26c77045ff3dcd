import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { projectStack } from "./project-stack.ts";

const script = path.join(import.meta.dirname, "../../deploy/make-secrets");
const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-secrets-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const folder = path.join(scratch, "secrets");
const make = () =>
  spawnSync(script, [folder, "swarm.example", "https://hooks.example/x"], { encoding: "utf8" });
const secret = (name: string) => readFileSync(path.join(folder, name), "utf8");

describe("make-secrets", () => {
  const first = make();

  test("makes every secret of the stack, for nobody else to read", () => {
    assert.equal(first.status, 0, first.stderr);
    const made = readdirSync(folder);
    assert.deepEqual(
      Object.keys(projectStack().stack.secrets).filter((name) => !made.includes(name)),
      [],
    );
    assert.ok(made.every((name) => (statSync(path.join(folder, name)).mode & 0o077) === 0));
  });

  test("makes passwords that are long and all different, and puts them where they are used", () => {
    const passwords = readdirSync(folder)
      .filter((name) => name.endsWith("_password") || name === "inspector_token")
      .map(secret);
    assert.equal(new Set(passwords).size, passwords.length);
    assert.ok(passwords.every((each) => /^[0-9a-f]{48}$/.test(each)));
    assert.equal(
      secret("mart_feeder_url"),
      `postgres://feeder:${secret("mart_feeder_password")}@postgres:5432/mart`,
    );
    assert.ok(secret("s3_credentials").includes(secret("minio_root_password")));
    assert.ok(secret("proxy_inspector_header").includes(`"Bearer ${secret("inspector_token")}"`));
  });

  test("changes nothing that is there", () => {
    const before = readdirSync(folder).map(secret);
    assert.equal(make().status, 0);
    assert.deepEqual(readdirSync(folder).map(secret), before);
  });
});
