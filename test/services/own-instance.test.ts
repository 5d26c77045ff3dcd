import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { after, test } from "node:test";
import { Instance } from "../../scripts/services/instance.ts";
import { ownFolder, stopAbandoned } from "../../scripts/services/own-instance.ts";
import { isRunning, processOf, thisProcess } from "../../scripts/services/running-process.ts";
import { listeningService } from "./listening-service.ts";

const listener = listeningService(1);
const self = await thisProcess();

test("servers whose holder was killed are stopped by the next, and those in use are not", async () => {
  const dead = { ...self, started: "in another life" };
  const folders = [ownFolder("abandoned"), ownFolder("used")];
  const [abandoned, used] = folders.map((folder) => new Instance(folder));
  after(async () => {
    await used!.stop(self);
    await used!.discard();
    for (const folder of folders) await rm(`${folder}.lock`);
  });
  const { servers: lost } = await abandoned!.start(listener, dead);
  const { servers: kept } = await used!.start(listener, self);
  await stopAbandoned();
  assert.equal(await isRunning(lost[0]!), false);
  assert.equal(existsSync(folders[0]!), false);
  assert.ok(await isRunning(kept[0]!));
});

test("a process has one identity as long as it lives, and none after", async () => {
  assert.deepEqual(await processOf(process.pid), self);
  assert.notEqual((await processOf(process.ppid))?.started, self.started);
  assert.equal(await processOf(999_999_999), null);
});
