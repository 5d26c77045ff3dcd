import type { GatheredState } from "../peers/gathering.ts";
import { History } from "./history.ts";
import { tasksOf } from "./placed-tasks.ts";
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
    this.lag.take(sum(inputs.map(({ lagRecords }) => lagRecords)));
    this.rows.take(rates.length === 0 ? null : sum(rates));
    this.oldest = inputs.reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), 0);
    this.watermark = watermarks.length === 0 ? null : Math.min(...watermarks);
  }

  takeNumbers(now: ProcessNumbers): void {
    const before = this.#numbers;
    this.#numbers = now;
    const [due, good] = [now.joins["event"]?.due ?? 0, now.joins["event"]?.good ?? 0];
    const was = before?.joins["event"] ?? { due: 0, good: 0 };
    // What is due since the last look; where nothing was, it stays as it is.
    this.joined.take(due > was.due ? (good - was.good) / (due - was.due) : this.joined.last);
    const fresh = freshnessWithin(before?.freshness ?? [], now.freshness, SHARE);
    this.freshness.take(fresh ?? this.freshness.last);
  }
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
