import { ConfigError, RetriableError } from "../../record/errors.ts";

/** What the server says of a statement that it refuses. */
export interface Refusal {
  readonly message: string;
  /** The five characters of SQLSTATE. */
  readonly code: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** Where in the statement, in characters from 1. */
  readonly position?: number | undefined;
}

/** The server has refused a statement; the transaction is of no more use, up to a savepoint. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`${refusal.message} (${refusal.code})`, options);
    this.refusal = refusal;
  }

  /**
   * Whether it is the rows that are refused: values out of range, text that is no UTF-8 or has a
   * NUL byte, nulls, entries too long for an index.
   */
  get blamesRows(): boolean {
    const { code } = this.refusal;
    return (/^(22|23)/.test(code) && code !== NO_PARTITION) || code === PROGRAM_LIMIT_EXCEEDED;
  }

  /** Whether it would write and may only read: so it was asked to, or the server was one that reads. */
  get isOfReading(): boolean {
    return this.refusal.code === READ_ONLY;
  }
}

const READ_ONLY = "25006";

/** Of rows for which there is no partition; the tables have no checks of their own. */
const NO_PARTITION = "23514";
const PROGRAM_LIMIT_EXCEEDED = "54000";

/** Wrong password, no such role, database or schema, no permission. */
const FOR_THE_OPERATOR = /^(28|3D|3F|42501|0LP01)/;

/**
 * Connections, resources, shutdowns, deadlocks and lock timeouts pass; so may a table that was
 * changed under way.
 */
const PASSES = /^(08|40|53|55|57|58|XX)/;

/** What an error of a server means for those who asked: the class says what they can do. */
export function worldError(refusal: Refusal, cause?: unknown): Error {
  const { code, message } = refusal;
  const options = { cause };
  if (FOR_THE_OPERATOR.test(code)) {
    return new ConfigError(`the database refuses: ${message} (${code})`, options);
  }
  // A statement that took too long is 57014: that is an answer, and not the server's state.
  if (PASSES.test(code) && code !== "57014") {
    return new RetriableError(`the database cannot do it now: ${message} (${code})`, options);
  }
  return new StatementError(refusal, options);
}
