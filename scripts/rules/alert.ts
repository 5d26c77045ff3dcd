/** Page: somebody is woken. Ticket: it is looked at in the morning. */
export type Severity = "page" | "ticket" | "none";

/** What is compared with a number: `value` is there also while nothing is wrong. */
export interface Condition {
  readonly value: string;
  /** As in `> 900`. */
  readonly when: string;
}

export interface Alert {
  readonly name: string;
  /** All of them. */
  readonly conditions: readonly [Condition, ...Condition[]];
  /** For so long; null: at once. */
  readonly holds: string | null;
  readonly severity: Severity;
  /** One line, in the templates of Prometheus. */
  readonly summary: string;
  /** The page in `docs/runbooks`, without its ending. */
  readonly runbook: string;
  /** uid of the board to look at. */
  readonly board: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An alert by its name, which its page has too: for how long, the board, the summary, the conditions. */
type AlertMaker = (
  name: string,
  holds: string | null,
  board: string,
  summary: string,
  ...conditions: readonly [Condition, ...Condition[]]
) => Alert;

const of =
  (severity: Severity): AlertMaker =>
  (name, holds, board, summary, ...conditions) => ({
    ...{ name, conditions, holds, severity, summary, runbook: name, board },
  });

export const page = of("page");
export const ticket = of("ticket");

export const is = (value: string, when: string): Condition => ({ value, when });

/** What Prometheus evaluates. */
export const exprOf = ({ conditions }: Alert): string =>
  conditions.map(({ value, when }) => `${value} ${when}`.trim()).join("\nand ");
