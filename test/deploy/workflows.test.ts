import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";

const root = path.join(import.meta.dirname, "../..");

interface Job {
  readonly permissions?: unknown;
  readonly environment?: string;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const workflows = globSync(".github/workflows/*.yml", { cwd: root }).map((file) => {
  const text = readFileSync(path.join(root, file), "utf8");
  return { file, text, ...(parse(text) as { permissions: unknown; jobs: Record<string, Job> }) };
});
const jobs = workflows.flatMap(({ file, jobs: all }) =>
  Object.entries(all).map(([name, job]) => ({ at: `${file} ${name}`, job })),
);

describe("workflows", () => {
  test("are there", () => {
    assert.deepEqual(workflows.map(({ file }) => path.basename(file)).toSorted(), [
      ...["check.yml", "deploy.yml", "release.yml", "soak.yml", "test.yml"],
    ]);
  });

  test("use what others have written by its commit, and say which version that is", () => {
    const uses = workflows.flatMap(({ text }) =>
      [...text.matchAll(/uses: (.*)$/gm)].map(([, what]) => what!),
    );
    assert.ok(uses.length > 5);
    assert.deepEqual(
      uses.filter((what) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what)),
      [],
    );
  });

  test("may read what is in the repository, and no more unless a job says so", () => {
    for (const { file, permissions } of workflows)
      assert.deepEqual(permissions, { contents: "read" }, file);
    const more = jobs.filter(({ job }) => job.permissions !== undefined).map(({ at }) => at);
    assert.deepEqual(more, [
      ".github/workflows/release.yml images",
      ".github/workflows/release.yml release",
    ]);
  });

  test("end, and put no expression into a script, where it would be run", () => {
    for (const { at, job } of jobs) {
      assert.ok(job["timeout-minutes"], at);
      for (const { run = "" } of job.steps) assert.doesNotMatch(run, /\$\{\{/, at);
    }
  });

  test("deploy to an environment, which may ask for approval", () => {
    const deploying = jobs.filter(({ job }) =>
      job.steps.some(({ run = "" }) => run.includes('deploy "$ACTION"')),
    );
    assert.equal(deploying.length, 1);
    assert.match(deploying[0]!.job.environment ?? "", /inputs\.environment/);
  });
});
