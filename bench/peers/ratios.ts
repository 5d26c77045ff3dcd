import type { Figures, Result } from "./measure.ts";

/** What is compared with what, and how it should come out. */
interface Target {
  readonly name: string;
  readonly what: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly ours: string;
  readonly peer: string;
  readonly of: (figures: Figures) => number;
}

export interface Ratio {
  readonly name: string;
  readonly what: string;
  readonly target: string;
  readonly value: number | null;
  readonly isMet: boolean | null;
  /** Why there is none. */
  readonly reason: string | null;
}

const OURS = "ours-kafka-exactly_once-2";
const STREAMS = "streams-exactly_once_v2";
const speed = ({ rowsPerSecond }: Figures) => rowsPerSecond;

const TARGETS: readonly Target[] = [
  {
    name: "topicToStreams",
    what: "rows/s, Kafka → joins → Silver topic, to Kafka Streams, exactly once",
    bound: { atLeast: 4 },
    ...{ ours: OURS, peer: STREAMS, of: speed },
  },
  {
    name: "deltaToSpark",
    what: "rows/s, Kafka → joins → Silver in Delta, to Spark",
    bound: { atLeast: 20 },
    ...{ ours: "ours-kafka-delta-exactly_once-2", peer: "spark", of: speed },
  },
  {
    name: "kafkaToConsumer",
    what: "rows/s, on Kafka, to reading the same with the Java consumer",
    bound: { atLeast: 0.5 },
    ...{ ours: OURS, peer: "consumer", of: speed },
  },
  {
    name: "replayToDuckdb",
    what: "rows/s, embedded replay to Delta, to DuckDB's batch",
    bound: { atLeast: 0.9 },
    ...{ ours: "ours-replay", peer: "duckdb", of: speed },
  },
  {
    name: "cpuToStreams",
    what: "CPU seconds of the process, to Kafka Streams",
    bound: { atMost: 0.3 },
    ...{ ours: OURS, peer: STREAMS, of: ({ cpuSeconds }: Figures) => cpuSeconds },
  },
  {
    name: "rssToStreams",
    what: "peak RSS, to Kafka Streams",
    bound: { atMost: 0.4 },
    ...{ ours: OURS, peer: STREAMS, of: ({ peakRssMb }: Figures) => peakRssMb },
  },
];

/** What takes more than one run of a few minutes; the reason says where it is measured. */
const ELSEWHERE: readonly Ratio[] = [
  [
    "stateToEmpty",
    "rows/s with 8 days of state, to an empty start",
    "≥ 0.9",
    "replay.ts --slices 776",
  ],
  ["restoreFromStore", "rows/s of a restore from MinIO, to Kafka Streams", "≥ 2", "restore.ts"],
  [
    "restoreFromCopies",
    "rows/s of a restore from local blocks, to Kafka Streams",
    "≥ 10",
    "restore.ts",
  ],
  ["takeover", "kill -9 to RUNNING, to Kafka Streams", "≤ 0.3", "replica-takeover.ts"],
  ["freshness", "slice published → Silver, p95, seconds", "≤ 10", "soak.ts"],
].map(([name, what, target, script]) => ({
  ...{ name: name!, what: what!, target: target!, value: null, isMet: null },
  reason: `not a part of this run: bench/${script}`,
}));

/** Each ratio of the targets, or why there is none. */
export function ratiosOf(results: readonly Result[]): Ratio[] {
  const byName = new Map(results.map((result) => [result.name, result]));
  return [...TARGETS.map((target) => ratioOf(target, byName)), ...ELSEWHERE];
}

function ratioOf(target: Target, results: ReadonlyMap<string, Result>): Ratio {
  const { name, what, bound, ours, peer, of } = target;
  const isFloor = "atLeast" in bound;
  const text = isFloor ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
  const missing = [ours, peer].find((each) => !results.get(each)?.figures);
  if (missing !== undefined) {
    const reason = `${missing}: ${results.get(missing)?.reason ?? "did not run"}`;
    return { name, what, target: text, value: null, isMet: null, reason };
  }
  const figures = (contender: string) => results.get(contender)!.figures!;
  const value = Number((of(figures(ours)) / of(figures(peer))).toFixed(3));
  const isMet = isFloor ? value >= bound.atLeast : value <= bound.atMost;
  return { name, what, target: text, value, isMet, reason: null };
}
