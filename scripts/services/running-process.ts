import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A process as it is remembered in a file: ids are used again, so its start belongs to it. */
export interface RunningProcess {
  readonly pid: number;
  readonly started: string;
}

const POLL_MS = 50;
const KILL_MS_MAX = 5_000;

/** The process that has this id now; null when there is none, or when it has ended. */
export async function processOf(pid: number): Promise<RunningProcess | null> {
  const started = await (process.platform === "linux" ? startOnLinux(pid) : startElsewhere(pid));
  return started === null ? null : { pid, started };
}

export const thisProcess = async (): Promise<RunningProcess> => (await processOf(process.pid))!;

export const isRunning = async ({ pid, started }: RunningProcess): Promise<boolean> =>
  (await processOf(pid))?.started === started;

/**
 * Ends that process and no other: asks with `signal`, and kills when it is still there after
 * `waitMsMax`. One that has gone already, whoever has its id now, is left in peace.
 */
export async function endProcess(
  running: RunningProcess,
  signal: NodeJS.Signals,
  waitMsMax: number,
): Promise<void> {
  if (await goneAfter(running, signal, waitMsMax)) return;
  if (await goneAfter(running, "SIGKILL", KILL_MS_MAX)) return;
  throw new Error(`process ${running.pid} is still there after SIGKILL`);
}

async function goneAfter(
  running: RunningProcess,
  signal: NodeJS.Signals,
  waitMsMax: number,
): Promise<boolean> {
  if (!(await isRunning(running))) return true;
  try {
    process.kill(running.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += POLL_MS) {
    if (!(await isRunning(running))) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function startOnLinux(pid: number): Promise<string | null> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1");
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything. The fields after it: proc_pid_stat(5), from the third.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, threads, started] = [fields[0], Number(fields[17]), fields[19]];
    // Nobody has asked yet how it ended. While threads are left it may still have its files and ports.
    const hasEnded = state === "Z" && threads <= 1;
    return hasEnded ? null : `${boot.trim()} ${started}`;
  } catch {
    return null;
  }
}

async function startElsewhere(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() || null;
  } catch {
    return null;
  }
}
