import { BOARDS } from "../../scripts/dashboards/boards.ts";
import { ALERTS } from "../../scripts/rules/alerts.ts";
import { RECORDINGS } from "../../scripts/rules/rules-file.ts";

/** An expression of Prometheus, and who has it. */
export interface Expression {
  readonly owner: string;
  readonly expr: string;
}

/** Of all panels, as they are. */
export const PANEL_EXPRESSIONS: readonly Expression[] = BOARDS.flatMap(({ uid, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries }) =>
      queries.flatMap((query) =>
        "expr" in query ? [{ owner: `${uid}: ${title}`, expr: query.expr }] : [],
      ),
    ),
  ),
);

/** Of all rules; of alerts what they compare, which is there while nothing is wrong too. */
export const RULE_EXPRESSIONS: readonly Expression[] = [
  ...RECORDINGS.map(({ record, expr }) => ({ owner: record, expr })),
  ...ALERTS.flatMap(({ name, conditions }) =>
    conditions.map(({ value }) => ({ owner: name, expr: value })),
  ),
];

/** With what Grafana puts in for its variable. */
export const withInterval = (expr: string, interval: string): string =>
  expr.replaceAll("$__rate_interval", interval);

/** Names of metrics, without functions, labels and keywords. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, "{}")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\b(?:by|on|ignoring|without|group_left)\s*\([^)]*\)/g, "");
  const words = [...bare.matchAll(/[a-zA-Z_][\w:]*(?!\w)(?!\s*\()/g)].map(([word]) => word);
  return [...new Set(words.filter((word) => !["or", "and", "bool", "unless"].includes(word)))];
}
