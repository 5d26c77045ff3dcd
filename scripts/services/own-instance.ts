import { randomBytes } from "node:crypto";
import { globSync } from "node:fs";
import path from "node:path";
import { instancesFolder } from "./folders.ts";
import { Instance } from "./instance.ts";

const PREFIX = "own-";

/** A folder for servers that nobody else knows of; also found by `stopAbandoned`. */
export const ownFolder = (name: string): string =>
  path.join(instancesFolder(), `${PREFIX}${name}-${randomBytes(4).toString("hex")}`);

/**
 * Stops the servers whose holders have died without stopping them, of whoever has run tests here as
 * this user, and deletes what nobody shares.
 */
export async function stopAbandoned(): Promise<void> {
  for (const folder of globSync(path.join(instancesFolder(), "*/"))) {
    const instance = new Instance(folder);
    await (path.basename(folder).startsWith(PREFIX) ? instance.discard() : instance.stop());
  }
}
