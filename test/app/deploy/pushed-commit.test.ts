import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { pushedCommit } from "../../../src/app/deploy/pushed-commit.ts";
import { ConfigError } from "../../../src/record/errors.ts";

describe("the commit that is deployed", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gdelt-streams-tree-"));
    execFileSync("git", ["init", "--quiet", "--bare", join(folder, "remote")]);
    execFileSync("git", ["init", "--quiet", "--initial-branch=main", join(folder, "tree")]);
    git("remote", "add", "origin", join(folder, "remote"));
    writeFileSync(stack(), "services: {}\n");
    commit("a stack");
    git("push", "--quiet", "origin", "main");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const stack = () => join(folder, "tree", "stack.yml");
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", join(folder, "tree"), ...args], { encoding: "utf8" }).trim();
  const commit = (message: string) => {
    git("add", "--all");
    git("-c", "user.name=a", "-c", "user.email=a@example", "commit", "--quiet", "-m", message);
  };

  test("is that of a tree in which nothing differs from what a remote has", async () => {
    assert.equal(await pushedCommit(stack()), git("rev-parse", "HEAD"));
  });

  test("is none while a file is changed, or is there and not committed", async () => {
    writeFileSync(stack(), "services: { a: {} }\n");
    await assert.rejects(pushedCommit(stack()), refusal(/M stack\.yml.*commit it/));
    git("checkout", "--", "stack.yml");
    writeFileSync(join(folder, "tree", "new"), "");
    await assert.rejects(pushedCommit(stack()), refusal(/\?\? new/));
  });

  test("is none while it is not pushed, and is one on any branch of the remote", async () => {
    writeFileSync(stack(), "services: { a: {} }\n");
    commit("more");
    await assert.rejects(pushedCommit(stack()), refusal(/no branch of a remote has .* push it/));
    git("push", "--quiet", "origin", "HEAD:refs/heads/other");
    git("fetch", "--quiet", "origin");
    assert.equal(await pushedCommit(stack()), git("rev-parse", "HEAD"));
  });

  test("is none outside of a repository, and it is said how one deploys all the same", async () => {
    writeFileSync(join(folder, "stack.yml"), "services: {}\n");
    await assert.rejects(pushedCommit(join(folder, "stack.yml")), refusal(/--any-tree/));
  });

  const refusal = (what: RegExp) => (error: Error) => {
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, what);
    return true;
  };
});
