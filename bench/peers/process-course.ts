import { readdirSync, readFileSync } from "node:fs";
import { cpuSecondsOf, machineSeconds } from "../process-cost.ts";

const EVERY_MS = 100;

interface Sample {
  readonly ms: number;
  /** CPU seconds of the process with all it has started, of the broker, of the whole machine. */
  readonly cpu: number;
  readonly brokerCpu: number;
  readonly machine: number;
  readonly brokerBytes: number;
}

/** What a stretch of a run has taken. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly brokerCpuSeconds: number;
  /** What others took of the machine meanwhile. */
  readonly othersCpuSeconds: number;
  /** What the broker received, and what it sent from its log. */
  readonly brokerBytes: number;
}

/**
 * What a process takes while it runs, on Linux. A contender says itself when it began and ended, so that
 * the start of a virtual machine and the check at the end do not count; what was taken is looked up here.
 */
export class ProcessCourse {
  readonly #pid: number;
  readonly #brokerPid: number | null;
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor(pid: number, brokerPid: number | null) {
    this.#pid = pid;
    this.#brokerPid = brokerPid;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  get peakRssMb(): number {
    return Math.round(this.#peakBytes / 1e6);
  }

  /** Between two times of this machine's clock. */
  between(fromMs: number, toMs: number): Cost {
    const [from, to] = [this.#at(fromMs), this.#at(toMs)];
    const cpuSeconds = to.cpu - from.cpu;
    const brokerCpuSeconds = to.brokerCpu - from.brokerCpu;
    return {
      cpuSeconds,
      brokerCpuSeconds,
      othersCpuSeconds: Math.max(0, to.machine - from.machine - cpuSeconds - brokerCpuSeconds),
      brokerBytes: to.brokerBytes - from.brokerBytes,
    };
  }

  #at(ms: number): Sample {
    const near = this.#samples.find((sample) => sample.ms >= ms);
    return near ?? this.#samples.at(-1)!;
  }

  #sample(): void {
    try {
      const all = [...withDescendants(this.#pid)];
      const bytes = all.reduce((sum, pid) => sum + peakBytesOf(pid), 0);
      this.#peakBytes = Math.max(this.#peakBytes, bytes);
      const broker = this.#brokerPid;
      this.#samples.push({
        ms: Date.now(),
        cpu: all.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0),
        brokerCpu: broker === null ? 0 : cpuSecondsOf(broker),
        machine: machineSeconds().busy,
        brokerBytes: broker === null ? 0 : bytesThrough(broker),
      });
    } catch {
      // It has just gone; the sample before stands.
    }
  }
}

function* withDescendants(pid: number): Generator<number> {
  yield pid;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    for (const child of children === "" ? [] : children.split(" ")) {
      yield* withDescendants(Number(child));
    }
  }
}

const numberIn = (file: string, line: RegExp): number =>
  Number(line.exec(readFileSync(file, "utf8"))?.[1] ?? 0);

const peakBytesOf = (pid: number): number =>
  numberIn(`/proc/${pid}/status`, /^VmHWM:\s+(\d+)/m) * 1024;

/** A broker reads what it receives from sockets, and what it sends from its files. */
const bytesThrough = (pid: number): number => numberIn(`/proc/${pid}/io`, /^rchar: (\d+)/m);
