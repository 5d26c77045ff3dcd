import { randomBytes } from "node:crypto";
import { globSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { instancesFolder } from "./folders.ts";
import { Instance } from "./instance.ts";

const PREFIX = "own-";

/** A folder for servers that nobody else knows of; also found by `stopAbandoned`. */
export const ownFolder = (name: string): string =>
  path.join(instancesFolder(), `${PREFIX}${name}-${randomBytes(4).toString("hex")}`);

/**
 * Stops the servers whose holders have died without stopping them, of whoever has run tests here as
 * this user, and deletes what they have left.
 */
export async function stopAbandoned(): Promise<void> {
  for (const stateFile of globSync(path.join(instancesFolder(), "*", "state.json"))) {
    const folder = path.dirname(stateFile);
    const holders = await new Instance(folder).stop();
    if (holders.length === 0 && path.basename(folder).startsWith(PREFIX)) await removeOwn(folder);
  }
}

/** Its servers must have been stopped. */
export async function removeOwn(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rm(`${folder}.lock`, { force: true });
}
