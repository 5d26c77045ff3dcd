import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { processOf, type RunningProcess } from "./running-process.ts";
import type { ServerCommand } from "./service.ts";

/**
 * Starts a server that outlives us: in a session of its own, so that Ctrl-C at our terminal does not
 * reach it, and with a log instead of our output.
 * @throws when it cannot be started, or has ended at once.
 */
export async function spawnServer(
  { file, args, user, env }: ServerCommand,
  folder: string,
  logFile: string,
): Promise<RunningProcess> {
  const log = await open(logFile, "a");
  try {
    const child = spawn(file, args, {
      detached: true,
      cwd: folder,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, ...env },
      ...user,
    });
    await once(child, "spawn");
    child.unref();
    const running = await processOf(child.pid!);
    if (running === null) throw new Error(`${file} ended at once`);
    return running;
  } finally {
    await log.close();
  }
}
