import path from "node:path";
import { cacheFolder } from "./folders.ts";
import { underLock } from "./machine-lock.ts";
import type { Software } from "./service.ts";

const WAIT_MS_MAX = 2_400_000;

/** Installs it where it is not, one at a time on this machine. @returns the seconds it took, or null. */
export async function install(software: Software): Promise<number | null> {
  if (await software.isInstalled()) return null;
  const startMs = performance.now();
  const lock = path.join(cacheFolder(), "locks", `${software.name}.lock`);
  await underLock(lock, WAIT_MS_MAX, async () => {
    if (!(await software.isInstalled())) await software.install();
  });
  return (performance.now() - startMs) / 1000;
}
