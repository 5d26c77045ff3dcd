import { readdirSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

/** Of /proc, on Linux. */
const TICKS_PER_SECOND = 100;
const PAGE_MB = 4096 / 1e6;

/** The fields of a stat file behind the name, which may have anything in it. */
const statOf = (path: string): { name: string; fields: string[] } => {
  const text = readFileSync(path, "utf8");
  const end = text.lastIndexOf(")");
  return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
};

const secondsOf = ({ fields }: { fields: string[] }): number =>
  (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;

/** CPU seconds of a process since it began, threads that have ended included. */
export const cpuSecondsOf = (pid: number): number => secondsOf(statOf(`/proc/${pid}/stat`));

/** CPU seconds of the threads that a process has now, by their names. */
export function threadSecondsOf(pid: number): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const stat = statOf(`/proc/${pid}/task/${id}/stat`);
    seconds[stat.name] = (seconds[stat.name] ?? 0) + secondsOf(stat);
  }
  return seconds;
}

export const rssMbOf = (pid: number): number =>
  Number(statOf(`/proc/${pid}/stat`).fields[21]) * PAGE_MB;

/** What the process has open: files, sockets, timers of the kernel. */
export const handlesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** CPU seconds of the whole machine since it began: what is not ours of them is others'. */
export function machineSeconds(): { busy: number; idle: number } {
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0]!;
  const [user, nice, system, idle, iowait, irq, soft, steal] = line
    .split(/ +/)
    .slice(1)
    .map(Number);
  const busy = user! + nice! + system! + irq! + soft! + steal!;
  return { busy: busy / TICKS_PER_SECOND, idle: (idle! + iowait!) / TICKS_PER_SECOND };
}

/** Where a number was measured, and how busy it was there. */
export const conditions = () => ({
  machine: `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`,
  load: loadavg().map((load) => Number(load.toFixed(1))),
});

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
