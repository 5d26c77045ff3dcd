import { RetriableError, TaskCorruptedError, TaskMigratedError } from "../../src/record/errors.ts";
import { Crashed } from "./faults.ts";

export interface Ended<T> {
  readonly value?: T;
  readonly error?: unknown;
}

export const settle = <T>(running: Promise<T>): Promise<Ended<T>> =>
  running.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

/** Ends that a new start is the right answer to; anything else is a bug. */
export function mustBeExpected(error: unknown, beside: boolean): void {
  if (error instanceof Crashed || error instanceof RetriableError) return;
  if (beside && (error instanceof TaskMigratedError || error instanceof TaskCorruptedError)) return;
  throw error;
}
