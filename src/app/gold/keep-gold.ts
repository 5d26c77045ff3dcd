import { type BackOff, backOffMs } from "../../record/back-off.ts";
import { RetriableError, TaskCorruptedError } from "../../record/errors.ts";
import { StatementError } from "../../sinks/postgres/statement-error.ts";
import type { CompletedRun, Trigger } from "./gold-run.ts";

/** What `gold run` does unless it is told otherwise. */
export const GOLD_DEFAULTS = { poll: "5s" } as const;

/** After a failure: soon, since the next slice is a quarter of an hour away; and no longer than that. */
const BACK_OFF: BackOff = { firstMs: 2000, mostMs: 120_000 };

/** Failures in a row of what does not pass by itself. */
const CORRUPT_MAX = 5;

/** SQLSTATE of a statement that the server gave up: it may have been busy. */
const TOOK_TOO_LONG = "57014";

export interface GoldTurns {
  /** One run; null: there was nothing to do. */
  readonly run: (trigger: Trigger) => Promise<CompletedRun | null>;
  /** From one look at the lake to the next. */
  readonly pollMs: number;
  readonly random: () => number;
  /** Until the time has passed, or the signal. */
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
  readonly onRun: (run: CompletedRun) => void;
  readonly onFailure: (error: Error, againInMs: number) => void;
}

/**
 * Makes Gold whenever a slice has closed in Silver, until `stop`. What the world does wrong is waited out,
 * however long it takes; what stays wrong ends it. @throws then.
 */
export async function keepGold(turns: GoldTurns, stop: AbortSignal): Promise<void> {
  let failures = 0;
  // What changed while nobody looked counts too.
  let trigger: Trigger = "change";
  while (!stop.aborted) {
    const result = await attemptRun(turns, trigger);
    if (result instanceof Error) {
      failures += 1;
      const isWorld = result instanceof RetriableError;
      if (!isWorld && failures >= CORRUPT_MAX) throw result;
      const waitMs = backOffMs(failures, BACK_OFF, turns.random);
      turns.onFailure(result, waitMs);
      await turns.wait(waitMs, stop);
      continue;
    }
    failures = 0;
    trigger = "slice";
    if (result !== null) turns.onRun(result);
    await turns.wait(turns.pollMs, stop);
  }
}

/** One run of what has changed, with some patience. @throws when that is not enough. */
export async function makeGoldOnce(
  turns: GoldTurns,
  attemptsMax: number,
  stop: AbortSignal,
): Promise<void> {
  for (let failures = 0; !stop.aborted; ) {
    const result = await attemptRun(turns, "change");
    if (!(result instanceof Error)) {
      if (result !== null) turns.onRun(result);
      return;
    }
    failures += 1;
    if (failures >= attemptsMax) throw result;
    const waitMs = backOffMs(failures, BACK_OFF, turns.random);
    turns.onFailure(result, waitMs);
    await turns.wait(waitMs, stop);
  }
}

async function attemptRun(
  { run }: GoldTurns,
  trigger: Trigger,
): Promise<CompletedRun | Error | null> {
  try {
    return await run(trigger);
  } catch (error) {
    if (error instanceof RetriableError || error instanceof TaskCorruptedError) return error;
    if (error instanceof StatementError && error.refusal.code === TOOK_TOO_LONG) return error;
    throw error;
  }
}
