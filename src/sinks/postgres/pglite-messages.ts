import type { Answer, Parameter } from "./database.ts";
import type { Refusal } from "./statement-error.ts";

/** What the process with PGlite is asked, one thing at a time. */
export type PgliteRequest =
  | { readonly kind: "open"; readonly folder: string }
  | { readonly kind: "query"; readonly sql: string; readonly parameters: readonly Parameter[] }
  | { readonly kind: "execute"; readonly sql: string }
  /** After a transaction: a server would do this by itself, in processes beside. */
  | { readonly kind: "tidy" }
  /** Answers `done`, and the process ends. */
  | { readonly kind: "close" };

export type PgliteReply =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "done" }
  /** The database has refused the statement. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** PGlite has failed: the process is of no more use. */
  | { readonly kind: "failed"; readonly message: string };
