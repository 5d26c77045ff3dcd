import { type Sample, type Samples, samplesOf } from "./metric-samples.ts";

/** What the page takes of `/metrics`, which is of the process that was asked. */
export interface ProcessNumbers {
  /** Counts of rows that became readable, by how many seconds it took at most. */
  readonly freshness: readonly { readonly seconds: number; readonly count: number }[];
  readonly tables: readonly TableCommits[];
  /** When a task has committed last, seconds since the epoch; the one that is longest ago. */
  readonly oldestCheckpoint: number | null;
  readonly checkpointBytes: number;
  readonly memoryBytes: number;
}

export interface TableCommits {
  readonly sink: string;
  readonly last: number | null;
  readonly commits: number;
  readonly failed: number;
}

const NAMES = {
  freshness: "gdelt_freshness_seconds_bucket",
  commits: "gdelt_sink_commits_total",
  lastCommit: "gdelt_sink_last_commit_timestamp_seconds",
  checkpoint: "gdelt_checkpoint_last_success_timestamp_seconds",
  checkpointBytes: "gdelt_checkpoint_bytes_total",
  memory: "process_resident_memory_bytes",
} as const;

const WANTED: ReadonlySet<string> = new Set(Object.values(NAMES));

export function processNumbers(exposition: string): ProcessNumbers {
  const samples = samplesOf(exposition, WANTED);
  const of = (name: keyof typeof NAMES): readonly Sample[] => samples.get(NAMES[name]) ?? [];
  const checkpoints = of("checkpoint").map(({ value }) => value);
  return {
    freshness: freshnessOf(of("freshness")),
    tables: tablesOf(samples),
    oldestCheckpoint: checkpoints.length === 0 ? null : Math.min(...checkpoints),
    checkpointBytes: sum(of("checkpointBytes")),
    memoryBytes: sum(of("memory")),
  };
}

const sum = (samples: readonly Sample[]): number =>
  samples.reduce((total, { value }) => total + value, 0);

/** All tables together, with the counts of each bucket alone. */
function freshnessOf(buckets: readonly Sample[]): ProcessNumbers["freshness"] {
  const totals = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const seconds = labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]);
    totals.set(seconds, (totals.get(seconds) ?? 0) + value);
  }
  const sorted = [...totals].sort(([a], [b]) => a - b);
  return sorted.map(([seconds, below], i) => ({
    seconds,
    count: below - (sorted[i - 1]?.[1] ?? 0),
  }));
}

function tablesOf(samples: Samples): TableCommits[] {
  const commits = samples.get(NAMES.commits) ?? [];
  const last = samples.get(NAMES.lastCommit) ?? [];
  const sinks = new Set([...commits, ...last].map(({ labels }) => labels["sink"]!));
  return [...sinks].sort().map((sink) => {
    const own = commits.filter(({ labels }) => labels["sink"] === sink);
    const times = last.filter(({ labels }) => labels["sink"] === sink).map(({ value }) => value);
    const failed = sum(own.filter(({ labels }) => labels["result"] === "failed"));
    return { sink, last: times[0] ?? null, commits: sum(own) - failed, failed };
  });
}

/** So many seconds within which a share of the rows was readable; null: there were none. */
export function freshnessWithin(
  before: ProcessNumbers["freshness"],
  now: ProcessNumbers["freshness"],
  share: number,
): number | null {
  const counts = now.map(({ seconds, count }, i) => ({
    seconds,
    count: count - (before[i]?.count ?? 0),
  }));
  const total = counts.reduce((rows, { count }) => rows + count, 0);
  if (total <= 0) return null;
  let reached = 0;
  for (const { seconds, count } of counts) {
    reached += count;
    if (reached >= share * total) return seconds;
  }
  return null;
}
