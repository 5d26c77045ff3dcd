import { setTimeout as sleep } from "node:timers/promises";
import type { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import type { Problem } from "../../inspector/problem.ts";
import type { Clock } from "../../record/clock.ts";
import { type MartAnswer, type MartQuestion, QuestionRefused } from "../mart-question.ts";

/** So often it is asked: between two slices nothing else would find out that it is gone. */
const EVERY_MS = 5000;

/** A database that is there answers by then. */
const ANSWER_MS_MAX = 5000;

/** When Gold was last made; null as long as it never was. */
const GOLD =
  "select extract(epoch from max(finished_at)) from ops.gold_runs where status = 'COMPLETE'";

const REASON_LENGTH_MAX = 300;

/** Asks the mart's server now and then whether it is there, and when Gold was made last. */
export class MartWatch {
  readonly #ask: (question: MartQuestion) => Promise<MartAnswer>;
  readonly #registry: MetricRegistry;
  readonly #clock: Clock;
  #down: { readonly sinceMs: number; readonly reason: string } | null = null;
  /** A question that has not been answered: no other is put beside it. */
  #asking: Promise<void> | null = null;

  constructor(
    ask: (question: MartQuestion) => Promise<MartAnswer>,
    registry: MetricRegistry,
    clock: Clock,
  ) {
    this.#ask = ask;
    this.#registry = registry;
    this.#clock = clock;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async look(waitMs = ANSWER_MS_MAX): Promise<void> {
    const late = new AbortController();
    this.#asking ??= this.#question().finally(() => {
      this.#asking = null;
    });
    const isLate = await Promise.race([
      this.#asking.then(() => false),
      sleep(waitMs, true, { signal: late.signal, ref: false }).catch(() => true),
    ]);
    late.abort();
    if (isLate) this.#isDown(`no answer within ${waitMs} ms`);
    this.#registry.set("gdelt_mart_up", {}, this.#down === null ? 1 : 0);
  }

  async #question(): Promise<void> {
    try {
      const { rows } = await this.#ask({ sql: GOLD, rowsMax: 1, timeoutMs: ANSWER_MS_MAX });
      const madeAt = rows[0]?.[0] ?? null;
      if (madeAt !== null) {
        this.#registry.set("gdelt_gold_last_success_timestamp_seconds", {}, Number(madeAt));
      }
      this.#down = null;
    } catch (error) {
      // It has answered: this table it does not have yet, or does not show.
      if (error instanceof QuestionRefused) this.#down = null;
      else this.#isDown((error as Error).message.slice(0, REASON_LENGTH_MAX));
    }
  }

  #isDown(reason: string): void {
    this.#down = { sinceMs: this.#down?.sinceMs ?? this.#clock.nowMs(), reason };
  }

  get problems(): readonly Problem[] {
    if (this.#down === null) return [];
    const { sinceMs, reason } = this.#down;
    return [{ kind: "mart_down", about: "the mart", since: sinceMs / 1000, reason }];
  }
}
