import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../../src/record/errors.ts";
import { hostProcesses, lockFolder } from "../../src/sources/embedded-log/folder-lock.ts";
import { propertyRuns } from "./property-runs.ts";
import { randomFrom, SimulatedDisk } from "./simulated-disk.ts";

test("of processes that want a folder at once, no two have it", async () => {
  let taken = 0;
  const property = fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, isStale) => {
    const disk = new SimulatedDisk(randomFrom(seed));
    const living = [2, 3];
    const started = async (pid: number) => (living.includes(pid) ? `boot ${pid}` : null);
    if (isStale) {
      const file = await disk.open("/log/lock", "new");
      await file.write([Buffer.from("1 boot 1")], 0);
    }
    const locks = await Promise.allSettled(
      living.map((pid) => lockFolder(disk, "/log", { pid, started }, "it")),
    );
    const [first, ...more] = locks.filter((lock) => lock.status === "fulfilled");
    assert.equal(more.length, 0);
    for (const lock of locks) {
      if (lock.status === "rejected") assert.ok(lock.reason instanceof ConfigError);
    }
    if (!first) return;
    taken++;
    await first.value.release();
    await (await lockFolder(disk, "/log", { pid: 4, started: async () => "boot" }, "it")).release();
    assert.deepEqual(disk.paths(), [], "nothing is left behind");
  });
  await fc.assert(property, propertyRuns(500));
  assert.ok(taken > 0);
});

test("a process has one start as long as it lives, and none after", async () => {
  const own = await hostProcesses.started(process.pid);
  assert.ok(own);
  assert.equal(await hostProcesses.started(process.pid), own);
  assert.notEqual(await hostProcesses.started(process.ppid), null);
  assert.equal(await hostProcesses.started(999_999_999), null);
});
