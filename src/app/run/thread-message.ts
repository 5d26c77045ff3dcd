import type { OpenTopology } from "../../inspector/inspected.ts";
import type { ThreadReport } from "../../inspector/thread-report.ts";
import { ConfigError } from "../../record/errors.ts";
import type { ThreadState } from "../../runtime/thread-state.ts";
import type { Settings } from "../config/catalogue.ts";
import type { ThreadAnswers, ThreadQuestion } from "../inspector/thread-questions.ts";

/** What a thread is given when it starts. */
export interface ThreadAssignment {
  readonly settings: Settings;
  /** As in the log lines: `StreamThread-1`. */
  readonly thread: string;
  /** Names the process, of which it is a part, to the group. */
  readonly process: string;
}

/** What a thread is told: to stop, to report how it stands, or to answer a question. */
export type ThreadCommand =
  | "stop"
  | "report"
  | { readonly number: number; readonly question: ThreadQuestion };

/** What a thread tells. */
export type ThreadMessage =
  /** Once, when it has opened what it runs. */
  | { readonly kind: "topology"; readonly topology: OpenTopology }
  | { readonly kind: "report"; readonly report: ThreadReport }
  | ThreadReply
  | { readonly kind: "state"; readonly from: ThreadState; readonly to: ThreadState }
  | {
      readonly kind: "line";
      readonly level: "info" | "warn";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** Whether it is the one to look after the tables. */
  | { readonly kind: "elected"; readonly isElected: boolean }
  | { readonly kind: "failed"; readonly failure: ThreadFailure };

/** To a question by its number; or why there is no answer. */
export interface ThreadReply {
  readonly kind: "reply";
  readonly number: number;
  readonly answer: ThreadAnswers[ThreadQuestion["kind"]];
  readonly error: string | null;
}

/** An error that has left its thread: between threads its class is lost. */
export interface ThreadFailure {
  readonly message: string;
  readonly stack: string | undefined;
  /** The operator has to change something: to start again does not help. */
  readonly isConfig: boolean;
}

export function failureOf(error: unknown): ThreadFailure {
  return {
    message: causeText(error),
    stack: error instanceof Error ? error.stack : undefined,
    isConfig: error instanceof ConfigError,
  };
}

/** The message of an error, with that of its cause where that says more. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const because = error.cause instanceof Error ? error.cause.message : "";
  return error.message.includes(because) ? error.message : `${error.message} (${because})`;
}
