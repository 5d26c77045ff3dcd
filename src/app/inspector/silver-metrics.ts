import type { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { Counted } from "../../runtime/task-counters.ts";
import { WAITS } from "../../silver/event-waits.ts";

type Counts = Readonly<Record<string, number>>;

const STREAMS = ["events", "mentions", "gkg"] as const;

/** A counter of the tasks, and what it says in metrics: what became of a row of which stream. */
interface Outcome {
  readonly counter: string;
  readonly stream: string;
  readonly outcome: string;
}

const ORPHANS = ["older_than_retention", "before_start", "slice_missing", "foreign_stream"];

const OUTCOMES: readonly Outcome[] = [
  { counter: "events.WAITING", stream: "events", outcome: "waiting" },
  { counter: "events.SILVER_COMPLETE", stream: "events", outcome: "complete" },
  { counter: "events.EXPIRED", stream: "events", outcome: "expired" },
  { counter: "mentions.joined", stream: "mentions", outcome: "joined" },
  ...ORPHANS.map((reason) => ({
    counter: `mentions.orphan.${reason}`,
    stream: "mentions",
    outcome: reason,
  })),
  { counter: "gkg.used", stream: "gkg", outcome: "used" },
  { counter: "gkg.unused", stream: "gkg", outcome: "unused" },
];

const DROPPED = [
  ...STREAMS.map((stream) => ({ counter: `duplicates.${stream}`, stream, reason: "duplicate" })),
  { counter: "gkg.too-large", stream: "gkg", reason: "too_large" },
];

/** Joins of a mention: those that must find something, and those that have. */
const JOINS = [
  {
    join: "event",
    due: [
      "mentions.joined",
      "mentions.orphan.older_than_retention",
      "mentions.orphan.slice_missing",
    ],
    good: ["mentions.joined"],
  },
  { join: "document", due: ["documents.mentioned"], good: ["mentions.with_context"] },
] as const;

/** What is wrong with a row that cannot be used: the code before the colon of a reason. */
const ROW_PROBLEMS = [
  "field_count",
  "invalid_utf8",
  "bad_number",
  "bad_date",
  "missing",
  "too_long",
  "wrong_slice",
] as const;

/** Of a dead letter whose reason is not known here, so that labels stay few. */
const OTHER = "other";

const LETTERS = "dead-letters.gdelt.";

/** What the tasks of the joins have counted, as metrics. */
export class SilverMetrics {
  readonly #registry: MetricRegistry;
  /** By counter, what was taken back after it was told: what comes next makes up for it. */
  readonly #debts = new Map<string, number>();

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
    for (const { stream, outcome } of OUTCOMES) {
      registry.begin("gdelt_join_outcomes_total", { stream, outcome });
    }
    registry.begin("gdelt_join_wait_seconds", {});
    for (const { stream, reason } of DROPPED) {
      registry.begin("gdelt_records_dropped_total", { stream, reason });
    }
    for (const { join } of JOINS) {
      registry.begin("gdelt_join_due_total", { join });
      registry.begin("gdelt_join_good_total", { join });
    }
    for (const stream of STREAMS) {
      for (const reason of [...ROW_PROBLEMS, OTHER]) {
        registry.begin("gdelt_dlq_records_total", { stream, reason });
      }
    }
  }

  /** Takes what a commit has counted. */
  take({ net, added }: Counted): void {
    const registry = this.#registry;
    for (const { counter, stream, outcome } of OUTCOMES) {
      registry.inc("gdelt_join_outcomes_total", { stream, outcome }, added[counter] ?? 0);
    }
    for (const { counter, seconds } of WAITS) {
      registry.observe("gdelt_join_wait_seconds", {}, seconds, added[counter] ?? 0);
    }
    for (const { counter, stream, reason } of DROPPED) {
      registry.inc("gdelt_records_dropped_total", { stream, reason }, added[counter] ?? 0);
    }
    for (const { join, due, good } of JOINS) {
      registry.inc("gdelt_join_due_total", { join }, this.#growth(`${join} due`, sum(net, due)));
      registry.inc("gdelt_join_good_total", { join }, this.#growth(join, sum(net, good)));
    }
    for (const [counter, count] of Object.entries(added)) {
      if (counter.startsWith(LETTERS)) this.#takeLetters(counter.slice(LETTERS.length), count);
    }
  }

  /** A mention that turns out to be of a foreign stream is due no more, and no counter goes back. */
  #growth(counter: string, by: number): number {
    const total = (this.#debts.get(counter) ?? 0) + by;
    this.#debts.set(counter, Math.min(0, total));
    return Math.max(0, total);
  }

  #takeLetters(what: string, count: number): void {
    const [stream, code] = what.split(".") as [string, string | undefined];
    const reason = ROW_PROBLEMS.find((known) => known === code) ?? OTHER;
    this.#registry.inc("gdelt_dlq_records_total", { stream, reason }, count);
  }

  /** Takes what the state counts of the tasks that are here now. */
  show(statuses: readonly RunnerStatus[]): void {
    for (const { counter, stream, outcome } of OUTCOMES) {
      const rows = statuses.reduce((total, { counts }) => total + (counts[counter] ?? 0), 0);
      this.#registry.set("gdelt_join_rows", { stream, outcome }, rows);
    }
  }
}

const sum = (counts: Counts, names: readonly string[]): number =>
  names.reduce((total, name) => total + (counts[name] ?? 0), 0);
