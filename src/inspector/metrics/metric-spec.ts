export type MetricType = "counter" | "gauge" | "histogram";

/** How the values of several threads are one of the process. */
export type Across = "sum" | "min" | "max";

/** Which processes have it. */
export type Where = "every" | "start";

/** All that is known of a metric. */
export interface MetricSpec<T extends MetricType = MetricType, L extends string = string> {
  readonly type: T;
  /** In a sentence; the unit is in the name. */
  readonly help: string;
  readonly labels: readonly L[];
  readonly across: Across;
  /** Upper bounds of a histogram; null: it is none. */
  readonly buckets: readonly number[] | null;
  readonly where: Where;
}

/** What only grows; its name ends in `_total`. */
export const counter = <const L extends string = never>(
  help: string,
  labels: readonly L[] = [],
  where: Where = "every",
): MetricSpec<"counter", L> => ({
  ...{ type: "counter", help, labels, across: "sum", buckets: null, where },
});

export const gauge = <const L extends string = never>(
  help: string,
  labels: readonly L[] = [],
  { across = "sum", where = "every" }: { across?: Across; where?: Where } = {},
): MetricSpec<"gauge", L> => ({ type: "gauge", help, labels, across, buckets: null, where });

export const histogram = <const L extends string = never>(
  help: string,
  labels: readonly L[],
  buckets: readonly number[],
): MetricSpec<"histogram", L> => ({
  ...{ type: "histogram", help, labels, across: "sum", buckets, where: "every" },
});
