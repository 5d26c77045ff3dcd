import type { GatheredState } from "../peers/gathering.ts";
import { History } from "./history.ts";
import { type PlacedTask, tasksOf } from "./placed-tasks.ts";
import { freshnessWithin, type ProcessNumbers } from "./process-numbers.ts";

/** Of so many rows it is said how fresh they were. */
const SHARE = 0.95;

/** The numbers that tell at a glance how it goes, with what they were. */
export class Vitals {
  readonly lag = new History();
  readonly rows = new History();
  readonly joined = new History();
  readonly freshness = new History();
  /** Age of the oldest record that waits, seconds. */
  oldest = 0;
  watermark: number | null = null;
  tasks = 0;
  #numbers: ProcessNumbers | null = null;

  takeState(state: GatheredState): void {
    const tasks = tasksOf(state);
    const inputs = tasks.flatMap(({ task }) => task.inputs);
    const read = tasks.flatMap(({ task }) => (task.isTable ? [] : task.inputs));
    const rates = read.flatMap(({ rate }) => (rate === null ? [] : [rate]));
    const watermarks = read.flatMap(({ watermark }) => (watermark === null ? [] : [watermark]));
    this.tasks = tasks.length;
    this.joined.take(joinedShare(tasks));
    this.lag.take(sum(inputs.map(({ lagRecords }) => lagRecords)));
    this.rows.take(rates.length === 0 ? null : sum(rates));
    this.oldest = inputs.reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), 0);
    this.watermark = watermarks.length === 0 ? null : Math.min(...watermarks);
  }

  takeNumbers(now: ProcessNumbers): void {
    const before = this.#numbers;
    this.#numbers = now;
    const fresh = freshnessWithin(before?.freshness ?? [], now.freshness, SHARE);
    this.freshness.take(fresh ?? this.freshness.last);
  }
}

const JOINED = "mentions.joined";

/** What else was due: an event that has gone, or has never come. */
const MISSED = ["mentions.orphan.older_than_retention", "mentions.orphan.slice_missing"];

/** Of the mentions that must find their event, since the generation began; null: there were none. */
function joinedShare(tasks: readonly PlacedTask[]): number | null {
  const total = (counter: string) => sum(tasks.map(({ task }) => task.counts[counter] ?? 0));
  const joined = total(JOINED);
  const due = joined + sum(MISSED.map(total));
  return due === 0 ? null : joined / due;
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
