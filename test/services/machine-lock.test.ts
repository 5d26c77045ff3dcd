import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { underLock } from "../../scripts/services/machine-lock.ts";
import { ConfigError } from "../../src/record/errors.ts";

const scratch = await mkdtemp(path.join(tmpdir(), "gdelt-streams-lock-"));
after(() => rm(scratch, { recursive: true, force: true }));

const module = new URL("../../scripts/services/machine-lock.ts", import.meta.url);

test("what is done under one lock is done one after the other", async () => {
  const file = path.join(scratch, "turns.lock");
  let inside = 0;
  const results = Array.from({ length: 5 }, (_, index) =>
    underLock(file, 60_000, async () => {
      assert.equal(++inside, 1);
      await turn();
      inside--;
      return index;
    }),
  );
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3, 4]);
});

test("a lock is given back when the work fails", async () => {
  const file = path.join(scratch, "failure.lock");
  const failure = new Error("no");
  await assert.rejects(
    underLock(file, 0, async () => {
      throw failure;
    }),
    failure,
  );
  assert.equal(await underLock(file, 0, async () => "had"), "had");
});

test("another process has to wait, and gets the lock of one that was killed", async () => {
  const file = path.join(scratch, "processes.lock");
  const program = `
    const { underLock } = await import(${JSON.stringify(module.href)});
    await underLock(${JSON.stringify(file)}, 0, () => new Promise((resolve) => {
      console.log("held");
      setTimeout(resolve, 100_000);
    }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  await assert.rejects(
    underLock(file, 200, async () => {}),
    ConfigError,
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await underLock(file, 5_000, async () => "had"), "had");
});
