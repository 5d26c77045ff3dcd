/** What replicas were seen to do, over days. */
export interface SeenReplicas {
  readonly days: number;
  readonly replicas: number;
  /** Partitions that tasks read, of the topic that has most. */
  readonly partitions: number;
  /** Age of the oldest record that was not processed, seconds: what 95 % of the time was not exceeded, and never. */
  readonly lagSeconds: number;
  readonly lagSecondsMax: number;
  /** Processors that the busiest replica, and the busiest thread, used; 95 % of the time no more. */
  readonly processors: number;
  readonly threadProcessors: number;
  /** Share of time that the replica which collects most garbage stood still for it. */
  readonly garbageShare: number;
  /** Of the largest replica. */
  readonly memoryBytesMax: number;
  /** State of all replicas together, and what of it was in memory, at most. */
  readonly stateBytesMax: number;
  readonly residentBytesMax: number;
  /** Of mentions that must find their event, those that came after its retention had ended. */
  readonly tooLateShare: number;
  /** By so long after their event 99.9 % of those that completed one had come, seconds; null: none came. */
  readonly waitedSeconds: number | null;
}

/** What they are given. */
export interface GivenToReplicas {
  readonly replicas: number;
  /** `num.stream.threads`. */
  readonly threads: number;
  readonly processors: number;
  readonly memoryBytes: number;
  /** `state.memory.max.mb`, of a thread. */
  readonly stateMemoryBytes: number;
  /** `silver.event.retention`. */
  readonly retentionMs: number;
  /** Nodes that may have a replica. */
  readonly workers: number;
}

export interface Proposal {
  /** Where it is set. */
  readonly setting: string;
  readonly is: string;
  readonly proposed: string;
  readonly reason: string;
}

export type TuningRule = (seen: SeenReplicas, given: GivenToReplicas) => Proposal | null;

const MIB = 1 << 20;
const HOUR_MS = 3_600_000;
/** A slice has to be in the tables within 900 s: who lags by a third of that most of the time is too slow. */
const LAG_SECONDS_MAX = 300;
const BUSY_SHARE = 0.8;
const IDLE_SHARE = 0.2;
/** What is aimed at. */
const WANTED_SHARE = 0.5;
const THREAD_BUSY = 0.85;
/** Above the most that was seen. */
const MEMORY_SPARE = 1.3;
const MEMORY_STEP = 256 * MIB;
/** A limit that was never used by more than that is somebody else's memory. */
const MEMORY_USED_MIN = 0.5;
const GARBAGE_SHARE_MAX = 0.05;
const TOO_LATE_SHARE_MAX = 0.001;
const REPLICAS_MIN = 2;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const mib = (bytes: number): string => `${Math.round(bytes / MIB)}M`;

const replicas: TuningRule = (seen, given) => {
  const share = seen.processors / given.processors;
  const of = (wanted: number, reason: string): Proposal | null => {
    const most = Math.min(given.workers, seen.partitions);
    const proposed = Math.min(most, Math.max(REPLICAS_MIN, wanted));
    if (proposed === given.replicas) return null;
    return {
      setting: "silver: deploy.replicas",
      is: `${given.replicas}`,
      proposed: `${proposed}`,
      reason,
    };
  };
  const fitting = Math.ceil((given.replicas * share) / WANTED_SHARE);
  if (share >= BUSY_SHARE && seen.lagSeconds > LAG_SECONDS_MAX) {
    return of(
      Math.max(given.replicas + 1, fitting),
      `the busiest uses ${percent(share)} of its processors, and 5 % of the time the lag is above ${seen.lagSeconds.toFixed(0)} s`,
    );
  }
  if (share >= IDLE_SHARE || seen.lagSecondsMax > LAG_SECONDS_MAX) return null;
  return of(
    Math.min(given.replicas, fitting),
    `the busiest uses ${percent(share)} of its processors, and the lag was never above ${seen.lagSecondsMax.toFixed(0)} s`,
  );
};

const threads: TuningRule = ({ threadProcessors, processors, partitions }, given) => {
  const spare = given.processors - processors;
  const perReplica = Math.ceil(partitions / given.replicas);
  if (threadProcessors < THREAD_BUSY || spare < 1 || given.threads >= perReplica) return null;
  return {
    setting: "num.stream.threads",
    is: `${given.threads}`,
    proposed: `${given.threads + 1}`,
    reason: `one thread uses ${percent(threadProcessors)} of a processor, ${spare.toFixed(1)} of the replica's are free, and each has ${perReplica} partitions to share out`,
  };
};

const memory: TuningRule = ({ memoryBytesMax }, { memoryBytes }) => {
  const proposed = Math.ceil((memoryBytesMax * MEMORY_SPARE) / MEMORY_STEP) * MEMORY_STEP;
  const isTight = memoryBytesMax * MEMORY_SPARE > memoryBytes;
  if (!isTight && memoryBytesMax >= MEMORY_USED_MIN * memoryBytes) return null;
  if (proposed === memoryBytes) return null;
  return {
    setting: "silver: deploy.resources.limits.memory",
    is: mib(memoryBytes),
    proposed: mib(proposed),
    reason: `the largest replica had ${mib(memoryBytesMax)}: a third more ${isTight ? "is above the limit, at which the kernel kills it" : "is far below the limit"}`,
  };
};

const garbage: TuningRule = ({ garbageShare }, { memoryBytes }) => {
  if (garbageShare <= GARBAGE_SHARE_MAX) return null;
  const proposed = Math.ceil((memoryBytes * 1.25) / MEMORY_STEP) * MEMORY_STEP;
  return {
    setting: "silver: deploy.resources.limits.memory",
    is: mib(memoryBytes),
    proposed: mib(proposed),
    reason: `${percent(garbageShare)} of the time is spent on collecting garbage: the heap, which goes by the limit, is too small`,
  };
};

const stateMemory: TuningRule = (seen, given) => {
  const { stateBytesMax, residentBytesMax, memoryBytesMax } = seen;
  const spilled = stateBytesMax - residentBytesMax;
  const perThread = stateBytesMax / (given.replicas * given.threads);
  const spare = given.memoryBytes - memoryBytesMax * MEMORY_SPARE;
  const more = (perThread - given.stateMemoryBytes) * given.threads;
  if (spilled <= 0 || seen.lagSeconds <= LAG_SECONDS_MAX || more <= 0 || more > spare) return null;
  return {
    setting: "state.memory.max.mb",
    is: `${Math.round(given.stateMemoryBytes / MIB)}`,
    proposed: `${Math.ceil(perThread / MIB / 64) * 64}`,
    reason: `${mib(spilled)} of ${mib(stateBytesMax)} of state are on the disk while the replicas lag, and there is memory for it`,
  };
};

const retention: TuningRule = ({ tooLateShare, waitedSeconds, stateBytesMax, days }, given) => {
  const is = `${given.retentionMs / HOUR_MS}h`;
  const setting = "silver.event.retention";
  if (tooLateShare > TOO_LATE_SHARE_MAX) {
    const reason = `${percent(tooLateShare)} of the mentions came after the retention of their event had ended`;
    return { setting, is, proposed: `${(given.retentionMs / HOUR_MS) * 2}h`, reason };
  }
  // What has not lasted for so long cannot have been seen to be too long.
  if (waitedSeconds === null || days * 24 * HOUR_MS < given.retentionMs) return null;
  const neededMs = Math.max(24 * HOUR_MS, Math.ceil((waitedSeconds * 2000) / HOUR_MS) * HOUR_MS);
  if (neededMs * 2 > given.retentionMs) return null;
  const saved = stateBytesMax * (1 - neededMs / given.retentionMs);
  return {
    ...{ setting, is, proposed: `${neededMs / HOUR_MS}h` },
    reason: `99.9 % of the events that completed had done so after ${(waitedSeconds / 3600).toFixed(1)} h: twice that would hold ${mib(saved)} less of state`,
  };
};

const RULES: readonly TuningRule[] = [replicas, threads, memory, garbage, stateMemory, retention];

/** What to set otherwise, with the reasons; nothing where all fits. */
export const proposals = (seen: SeenReplicas, given: GivenToReplicas): Proposal[] =>
  RULES.flatMap((rule) => rule(seen, given) ?? []);
