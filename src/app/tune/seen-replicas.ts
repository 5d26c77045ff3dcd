import type { SeenReplicas } from "../../deploy/tuning.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";

const ANSWER_MS_MAX = 60_000;
const JOB = 'job="gdelt-streams"';

/** What is asked for each number, over `$range`, looked at every `$step`. Where nothing answers, the number after it holds. */
const QUESTIONS = {
  replicas: [`max_over_time(count(process_resident_memory_bytes{${JOB}})[$range:$step])`, 0],
  partitions: [
    "max(count by (node, topic) (count by (node, topic, partition) (max_over_time(gdelt_consumer_lag_records[$range]))))",
    1,
  ],
  lagSeconds: ["quantile_over_time(0.95, max(gdelt_consumer_lag_seconds)[$range:$step])", 0],
  // Of all samples: a peak lies between two looks.
  lagSecondsMax: ["max(max_over_time(gdelt_consumer_lag_seconds[$range]))", 0],
  processors: [
    `max(quantile_over_time(0.95, rate(process_cpu_seconds_total{${JOB}}[5m])[$range:$step]))`,
    0,
  ],
  threadProcessors: [
    "max(quantile_over_time(0.95, rate(gdelt_thread_cpu_seconds_total[5m])[$range:$step]))",
    0,
  ],
  garbageShare: [
    `max(sum by (instance) (rate(nodejs_gc_duration_seconds_sum{${JOB}}[$range])))`,
    0,
  ],
  memoryBytesMax: [`max(max_over_time(process_resident_memory_bytes{${JOB}}[$range]))`, 0],
  stateBytesMax: ["max_over_time(sum(gdelt_store_bytes)[$range:$step])", 0],
  residentBytesMax: ["max_over_time(sum(gdelt_store_resident_bytes)[$range:$step])", 0],
  tooLateShare: [
    'sum(increase(gdelt_join_outcomes_total{outcome="older_than_retention"}[$range])) / sum(increase(gdelt_join_due_total[$range]))',
    0,
  ],
  waitedSeconds: [
    "histogram_quantile(0.999, sum by (le) (increase(gdelt_join_wait_seconds_bucket[$range])))",
    null,
  ],
} as const satisfies Record<Exclude<keyof SeenReplicas, "days">, readonly [string, number | null]>;

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** What is asked about so many days: the expression, and the number that holds where nothing answers. */
export function questionsOver(
  days: number,
): readonly (readonly [name: string, expr: string, otherwise: number | null])[] {
  const minutes = Math.max(1, Math.round(days * 1440));
  const [range, step] = [`${minutes}m`, `${Math.min(60, minutes)}s`];
  return Object.entries(QUESTIONS).map(([name, [question, otherwise]]) => [
    name,
    question.replaceAll("$range", range).replaceAll("$step", step),
    otherwise,
  ]);
}

/**
 * Asks a Prometheus what the replicas did in the last days.
 *
 * @throws ConfigError when it has seen none; RetriableError when it does not answer
 */
export async function seenReplicas(prometheus: string, days: number): Promise<SeenReplicas> {
  const entries = await Promise.all(
    questionsOver(days).map(async ([name, expr, otherwise]) => [
      name,
      (await ask(prometheus, expr)) ?? otherwise,
    ]),
  );
  const seen = { days, ...Object.fromEntries(entries) } as SeenReplicas;
  if (seen.replicas > 0) return seen;
  throw new ConfigError(
    `${prometheus} has seen no job gdelt-streams in ${days} days: is it the right one?`,
  );
}

/** A number; null: nothing is known. */
async function ask(prometheus: string, query: string): Promise<number | null> {
  const url = new URL("api/v1/query", prometheus.endsWith("/") ? prometheus : `${prometheus}/`);
  url.searchParams.set("query", query);
  let answer: Answer;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    answer = (await response.json()) as Answer;
  } catch (cause) {
    throw new RetriableError(`${prometheus} does not answer as a Prometheus does`, { cause });
  }
  if (answer.status !== "success") {
    throw new RetriableError(
      `${prometheus} refuses ${query}: ${answer.error ?? "it does not say why"}`,
    );
  }
  const number = Number(answer.data?.result[0]?.value[1] ?? Number.NaN);
  return Number.isFinite(number) ? number : null;
}
