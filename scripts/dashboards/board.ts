/** A query of Prometheus, and how its series are named. */
export interface PromQuery {
  readonly expr: string;
  readonly legend: string;
}

/** A query of the mart; of Grafana's macros only `$__timeFilter(column)` is used. */
export interface SqlQuery {
  readonly sql: string;
}

export type Query = PromQuery | SqlQuery;

export type PanelKind =
  | "stat"
  | "timeseries"
  | "stacked"
  | "heatmap"
  | "table"
  | "bars"
  | "pie"
  | "map"
  | "network";

/** From which value on which colour: the first holds below all. */
export interface Step {
  readonly from: number | null;
  readonly color: "green" | "yellow" | "orange" | "red" | "blue";
}

export interface PanelSpec {
  readonly kind: PanelKind;
  readonly title: string;
  /** Which question it answers, and what to think of what one sees. */
  readonly description: string;
  /** As Grafana names it; a time, a size, a number. */
  readonly unit: string;
  readonly queries: readonly [Query, ...Query[]];
  /** Of 24. */
  readonly width: number;
  readonly height: number;
  readonly steps: readonly Step[];
  /** Texts instead of values. */
  readonly texts: Readonly<Record<string, { text: string; color: string }>>;
  /** Of a table: the column with an address, and the one that shows it as a link. */
  readonly link: { readonly column: string; readonly shownBy: string } | null;
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Where its queries go. */
  readonly source: "prometheus" | "mart";
  /** How far back it looks at first. */
  readonly from: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
}

const BARE = { height: 8, width: 12, steps: [], texts: {}, link: null } as const;

type Details = Partial<Omit<PanelSpec, "kind" | "title" | "description" | "unit" | "queries">>;

const queriesOf = (queries: Readonly<Record<string, string>>): [Query, ...Query[]] =>
  Object.entries(queries).map(([legend, expr]) => ({ expr, legend })) as [Query, ...Query[]];

/** A panel of Prometheus' series, by their legend: `{{sink}}` is the value of a label. */
export const series = (
  kind: PanelKind,
  [title, description]: readonly [string, string],
  unit: string,
  queries: Readonly<Record<string, string>>,
  details: Details = {},
): PanelSpec => ({
  ...BARE,
  ...(kind === "stat" && { width: 4, height: 5 }),
  ...{ kind, title, description, unit, queries: queriesOf(queries) },
  ...details,
});

/** A panel of rows of the mart. */
export const rowsOf = (
  kind: PanelKind,
  [title, description]: readonly [string, string],
  unit: string,
  sql: readonly [string, ...string[]],
  details: Details = {},
): PanelSpec => ({
  ...BARE,
  ...{ kind, title, description, unit },
  queries: sql.map((one) => ({ sql: one.trim() })) as [Query, ...Query[]],
  ...details,
});

/** Green below, and so on. */
export const above = (yellow: number, red: number): Step[] => [
  { from: null, color: "green" },
  { from: yellow, color: "yellow" },
  { from: red, color: "red" },
];

/** Red below, and so on. */
export const below = (red: number, yellow: number): Step[] => [
  { from: null, color: "red" },
  { from: red, color: "yellow" },
  { from: yellow, color: "green" },
];
