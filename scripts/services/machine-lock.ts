import { mkdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../../src/record/errors.ts";

const POLL_MS = 100;
const SQLITE_BUSY = 5;

/**
 * Does `work` while no other process of this machine does anything under the same file. SQLite's
 * lock is used because the kernel gives it back when a process dies, on Linux and on macOS.
 * @throws ConfigError when it cannot be had within `waitMsMax`.
 */
export async function underLock<T>(
  file: string,
  waitMsMax: number,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const lock = await take(file, waitMsMax);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function take(file: string, waitMsMax: number): Promise<DatabaseSync> {
  for (let waitedMs = 0; waitedMs <= waitMsMax; waitedMs += POLL_MS) {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec("begin exclusive");
      return database;
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    }
    await sleep(POLL_MS);
  }
  throw new ConfigError(
    `${file} is locked by another process for more than ${waitMsMax / 1000} s: ` +
      "wait for it to end, or end it",
  );
}
