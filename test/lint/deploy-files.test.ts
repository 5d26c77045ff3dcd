import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { lintProgram } from "../../scripts/services/lint-tools.ts";
import { prometheusProgram, prometheusSoftware } from "../../scripts/services/prometheus.ts";
import { imageVariables, projectStack, SITE } from "../deploy/project-stack.ts";

const noPromtool =
  !(await prometheusSoftware.isInstalled()) &&
  "promtool is not there: npm run services -- install prometheus";

const hadolint = lintProgram("hadolint");
const actionlint = lintProgram("actionlint");
const root = path.join(import.meta.dirname, "../..");

/** A check that needs a program: why it cannot be made here, or false. CI does not put up with the first kind. */
const without = (program: string, how: string): string | false => {
  const { status } = spawnSync(program, ["--version"], { stdio: "ignore" });
  return status === null && `${program} is not there: ${how}`;
};

/** What a program says to what it does not like; nothing when all is well. */
function complaintsOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.ifError(error);
  return status === 0 ? "" : `${stdout}${stderr}`;
}

/** Files that a shell runs, by their first line. */
const shellScripts = globSync(["deploy/*", "scripts/*", "test/swarm/**/*.sh"], {
  cwd: root,
}).filter((file) => /^(?!.*\.\w+$)|\.sh$/.test(file) && isShell(path.join(root, file)));

function isShell(file: string): boolean {
  try {
    return readFileSync(file, "utf8").startsWith("#!/bin/sh") || file.endsWith(".sh");
  } catch {
    // A folder.
    return false;
  }
}

describe("the files of a deployment", () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-lint-"));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  test("are shell scripts that shellcheck likes", {
    skip: without("shellcheck", "Debian's package"),
  }, () => {
    assert.ok(shellScripts.includes("deploy/make-secrets"), shellScripts.join(" "));
    assert.equal(complaintsOf("shellcheck", ["--shell=sh", ...shellScripts]), "");
  });

  test("are Dockerfiles that hadolint likes", {
    skip: without(hadolint, "scripts/lint-tools"),
  }, () => {
    assert.equal(complaintsOf(hadolint, globSync("deploy/images/*/Dockerfile", { cwd: root })), "");
  });

  test("are workflows that actionlint likes", {
    skip: without(actionlint, "scripts/lint-tools"),
  }, () => {
    assert.equal(complaintsOf(actionlint, globSync(".github/workflows/*.yml", { cwd: root })), "");
  });

  test("are settings of Prometheus that promtool likes", { skip: noPromtool }, () => {
    for (const folder of ["prometheus", "config"]) {
      const text = readFileSync(path.join(root, "deploy", folder, "prometheus.yml"), "utf8");
      const file = path.join(scratch, `${folder}.yml`);
      writeFileSync(path.join(scratch, "token"), "a");
      const rules = path.join(root, "deploy/prometheus/rules.yml");
      writeFileSync(
        file,
        text
          .replace("rules.yml", rules)
          .replaceAll(/\/run\/secrets\/\w+/g, path.join(scratch, "token")),
      );
      assert.equal(complaintsOf(prometheusProgram("promtool"), ["check", "config", file]), "");
    }
  });

  const noAmtool = without("amtool", "Debian's package prometheus-alertmanager");
  test("are settings of Alertmanager that amtool likes", { skip: noAmtool }, () => {
    assert.equal(
      complaintsOf("amtool", ["check-config", "deploy/alertmanager/alertmanager.yml"]),
      "",
    );
  });

  test("are a stack that Docker's own command reads", { skip: noStackConfig() }, () => {
    const { variables } = projectStack();
    const given = Object.entries({ ...variables, ...imageVariables(), ...SITE });
    const env = Object.fromEntries(
      given.filter((each): each is [string, string] => each[1] !== undefined),
    );
    assert.equal(complaintsOf("docker", ["stack", "config", "-c", "deploy/stack.yml"], env), "");
  });
});

function noStackConfig(): string | false {
  const { stdout } = spawnSync("docker", ["--version"], { encoding: "utf8" });
  const major = Number(/version (\d+)/.exec(stdout ?? "")?.[1] ?? 0);
  return major < 25 && "a docker CLI of 25 or newer is not there";
}
