import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../record/errors.ts";
import type { FileSystem } from "./file-system.ts";

/** Which processes there are. */
export interface Processes {
  readonly pid: number;
  /** Something that no later process of that id has in common with it; null when it is gone. */
  started(pid: number): Promise<string | null>;
}

/** A lock is held by a process, so it ends with it; one that was left behind is taken over. */
export interface FolderLock {
  release(): Promise<void>;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Takes the folder for a process. The lock holds the process id and its start, because ids are
 * used again: in a container the new process often has the id of the one that died. Containers that
 * share a folder cannot see each other's processes, and are not kept apart.
 * @param what is in the folder, for messages.
 * @throws ConfigError when a living process has it.
 */
export async function lockFolder(
  files: FileSystem,
  folder: string,
  processes: Processes,
  what: string,
): Promise<FolderLock> {
  const path = join(folder, "lock");
  const own = `${processes.pid} ${await processes.started(processes.pid)}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await create(files, path, own)) return { release: () => files.unlink(path) };
    const holder = await content(files, path);
    const pid = Number(holder.split(" ")[0]);
    if (holder === `${pid} ${await processes.started(pid)}`) {
      throw new ConfigError(
        `process ${pid} has ${what} in ${folder}, which only one can use: ` +
          "stop it, or give this one another folder",
      );
    }
    await removeStale(files, path, holder, processes.pid);
  }
  throw new ConfigError(`several processes want ${what} in ${folder}: start one of them`);
}

async function create(files: FileSystem, path: string, text: string): Promise<boolean> {
  try {
    const file = await files.open(path, "new");
    await file.write([encoder.encode(text)], 0);
    await file.close();
    // Another process may have found it empty, and taken it for one that was left behind.
    return (await content(files, path)) === text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function content(files: FileSystem, path: string): Promise<string> {
  try {
    const file = await files.open(path, "existing");
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    return decoder.decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Renamed first, and looked at again: another process may have taken the lock over since. */
async function removeStale(
  files: FileSystem,
  path: string,
  stale: string,
  pid: number,
): Promise<void> {
  const aside = `${path}.${pid}`;
  try {
    await files.rename(path, aside);
    if ((await content(files, aside)) === stale) await files.unlink(aside);
    else await files.rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** The processes of this machine. */
export const hostProcesses: Processes = {
  pid: process.pid,
  started: (pid) => (process.platform === "linux" ? startedOnLinux(pid) : startedElsewhere(pid)),
};

async function startedOnLinux(pid: number): Promise<string | null> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1");
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything; the start is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}

async function startedElsewhere(pid: number): Promise<string | null> {
  try {
    process.kill(pid, 0);
    return "running";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "running" : null;
  }
}
