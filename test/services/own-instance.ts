import { rm } from "node:fs/promises";
import { after } from "node:test";
import { Instance } from "../../scripts/services/instance.ts";
import { ownFolder } from "../../scripts/services/own-instance.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";

/**
 * An instance for the tests of one file, which may kill it; it is gone when they have run. To be
 * started by `thisProcess()`: if that is killed, the next run of the tests stops what it has left.
 */
export function ownInstance(name: string): Instance {
  const folder = ownFolder(name);
  const instance = new Instance(folder);
  after(async () => {
    await instance.stop(await thisProcess());
    await instance.discard();
    await rm(`${folder}.lock`);
  });
  return instance;
}
