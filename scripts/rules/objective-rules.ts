import { type Alert, is } from "./alert.ts";

/** Of all rows, so many keep the promise: of freshness, and of finding the partner they must have. */
const OBJECTIVE = 0.99;

/** Over so many days. */
const OBJECTIVE_DAYS = 28;

/** What may go wrong of all. */
const BUDGET = Number((1 - OBJECTIVE).toFixed(6));

/** The shortest holds two slices. */
const WINDOWS = ["30m", "1h", "6h", "3d"] as const;

interface Promise {
  readonly slo: "freshness" | "join";
  /** Counters of all rows, and of those for which it was kept. */
  readonly all: string;
  readonly good: string;
  readonly by: string;
}

const PROMISES: readonly Promise[] = [
  {
    slo: "freshness",
    all: "gdelt_freshness_rows_total",
    good: "gdelt_freshness_good_rows_total",
    by: "sink",
  },
  // Only that the event is there can be proved: nobody knows whether GKG has a row of each document.
  {
    slo: "join",
    all: 'gdelt_join_due_total{join="event"}',
    good: 'gdelt_join_good_total{join="event"}',
    by: "join",
  },
];

const BURNS = [
  { name: "Fast", burn: 14.4, windows: ["1h", "30m"], severity: "page" },
  { name: "Medium", burn: 6, windows: ["6h", "30m"], severity: "page" },
  { name: "Slow", burn: 1, windows: ["3d", "6h"], severity: "ticket" },
] as const;

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

const badName = ({ slo }: Promise, window: string) => `gdelt:${slo}_bad:ratio${window}`;

/** The share for which a promise was not kept; where nothing came there is none. */
function badRatio({ all, good, by }: Promise, window: string): string {
  const of = (counter: string) => `sum by (${by}) (increase(${counter}[${window}]))`;
  return `1 - ${of(good)} / ${of(all)}`;
}

export const OBJECTIVE_RECORDINGS: readonly Recording[] = PROMISES.flatMap((promise) => [
  ...WINDOWS.map((window) => ({
    record: badName(promise, window),
    expr: badRatio(promise, window),
  })),
  {
    record: `gdelt:${promise.slo}_budget_left:ratio${OBJECTIVE_DAYS}d`,
    expr: `1 - (${badRatio(promise, `${OBJECTIVE_DAYS}d`)}) / ${BUDGET}`,
  },
]);

const capital = (word: string): string => `${word[0]!.toUpperCase()}${word.slice(1)}`;

export const OBJECTIVE_ALERTS: readonly Alert[] = PROMISES.flatMap((promise) =>
  BURNS.map(({ name, burn, windows, severity }): Alert => {
    const [long, short] = windows;
    const when = `> ${Number((burn * BUDGET).toFixed(6))}`;
    return {
      name: `${capital(promise.slo)}Burn${name}`,
      conditions: [is(badName(promise, long), when), is(badName(promise, short), when)],
      holds: null,
      severity,
      summary: `{{ $labels.${promise.by} }}: {{ $value | humanizePercentage }} of the rows of ${long} break the promise of ${promise.slo}`,
      runbook: `${capital(promise.slo)}Burn`,
      board: "gdelt-health",
      labels: { slo: promise.slo },
    };
  }),
);
