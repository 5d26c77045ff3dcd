import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import type { PanelSpec } from "../../scripts/dashboards/board.ts";
import { boardFile } from "../../scripts/dashboards/board-file.ts";
import { BOARDS } from "../../scripts/dashboards/boards.ts";
import { FOREIGN_METRICS } from "../../scripts/dashboards/foreign-metrics.ts";
import { RECORDINGS } from "../../scripts/rules/rules-file.ts";
import { METRICS, type MetricName } from "../../src/inspector/metrics/catalogue.ts";
import { metricsIn, PANEL_EXPRESSIONS, RULE_EXPRESSIONS } from "./expressions.ts";

const root = path.join(import.meta.dirname, "..", "..");
const panels: readonly (PanelSpec & { readonly board: string })[] = BOARDS.flatMap(
  ({ uid, rows }) => rows.flatMap((row) => row.panels.map((panel) => ({ ...panel, board: uid }))),
);

/** As boards name their data source. */
const [PROMETHEUS, MART] = ["datasource", "mart"].map((name) => `\${${name}}`);

/** A panel as it is in a file. */
interface SavedPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly datasource: { readonly uid: string } }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

const saved = BOARDS.map((board) => ({
  uid: board.uid,
  panels: (JSON.parse(boardFile(board)) as { panels: SavedPanel[] }).panels,
}));

test("the files of boards and rules are those of their sources", () => {
  const script = path.join(root, "scripts", "dashboards.ts");
  execFileSync(process.execPath, [script, "--check"], { cwd: root });
});

test("there are boards, and each has a name of its own, panels and a word of what it is for", () => {
  assert.ok(BOARDS.length >= 7 && panels.length >= 60);
  assert.equal(new Set(BOARDS.map(({ uid }) => uid)).size, BOARDS.length);
  for (const { uid, description, rows } of BOARDS) {
    assert.match(description, /\S.*\.$/s, uid);
    assert.ok(rows.every((row) => row.panels.length > 0));
  }
});

test("a panel says what it shows, in which unit, and what to think of it", () => {
  for (const { board, title, description, unit } of panels) {
    assert.match(title, /^[A-Z].*[^.]$/, board);
    assert.match(description, /\S.*\.$/s, `${board}: ${title}`);
    assert.notEqual(unit, "", `${board}: ${title}`);
  }
  for (const { uid, panels: all } of saved) {
    for (const { type, title, description, fieldConfig } of all.filter(
      (one) => one.type !== "row",
    )) {
      assert.ok(
        description !== undefined && fieldConfig?.defaults.unit !== undefined,
        `${uid}: ${title} (${type})`,
      );
    }
  }
});

test("no panel names a data source: a variable of its board does", () => {
  for (const { uid, panels: all } of saved) {
    const uids = all.flatMap(({ type, datasource, targets }) =>
      type === "row" ? [] : [datasource?.uid, ...targets!.map((target) => target.datasource.uid)],
    );
    const variable = uid === "gdelt-analysis" ? MART : PROMETHEUS;
    assert.deepEqual(new Set(uids), new Set([variable]), uid);
  }
});

test("panels have numbers of their own, and lie beside one another", () => {
  for (const { uid, panels: all } of saved) {
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, uid);
    for (const [at, { gridPos: one, title }] of all.entries()) {
      assert.ok(one.x + one.w <= 24, `${uid}: ${title}`);
      for (const { gridPos: other, title: of } of all.slice(at + 1)) {
        const apart =
          one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y;
        assert.ok(apart, `${uid}: ${title} lies on ${of}`);
      }
    }
  }
});

test("a rate is taken over what Grafana finds fit, and only an increase over a fixed time", () => {
  for (const { owner, expr } of PANEL_EXPRESSIONS) {
    const windows = [...expr.matchAll(/\brate\([^[]*\[([^\]]+)\]/g)].map(([, window]) => window);
    assert.ok(
      windows.every((window) => window === "$__rate_interval"),
      `${owner}: ${expr}`,
    );
  }
});

/** Every metric there is, with what a histogram is in its series. */
const known = new Set([
  ...Object.values(FOREIGN_METRICS).flat(),
  ...RECORDINGS.map(({ record }) => record),
  ...(Object.keys(METRICS) as MetricName[]).flatMap((name) =>
    METRICS[name].type === "histogram"
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
      : [name],
  ),
]);

test("every metric of a board or rule is in the catalogue, or is another's that is named", () => {
  const all = [...PANEL_EXPRESSIONS, ...RULE_EXPRESSIONS];
  assert.ok(all.length > 100);
  for (const { owner, expr } of all) {
    const names = metricsIn(expr).filter((name) => name !== "vector");
    const unknown = names.filter((name) => !known.has(name));
    assert.deepEqual(unknown, [], `${owner}: ${expr}`);
  }
  assert.deepEqual(
    metricsIn('sum by (le) (rate(a_total{b="c_d"}[5m])) / scalar(max(e or f)) > bool 1'),
    [...["a_total", "e", "f"]],
  );
});

test("labels in a legend are those that the expression leaves", () => {
  for (const { board, title, queries } of panels) {
    for (const query of queries) {
      if (!("expr" in query)) continue;
      const by = [...query.expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) =>
        labels!.split(/,\s*/),
      );
      const of = [...query.legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
      const isRecorded = query.expr.includes("gdelt:");
      assert.ok(isRecorded || of.every((label) => by.includes(label)), `${board}: ${title}`);
    }
  }
});

test("every metric of ours is on a board or in a rule, but those that another tells better", () => {
  const shown = new Set(
    [...PANEL_EXPRESSIONS, ...RULE_EXPRESSIONS].flatMap(({ expr }) => metricsIn(expr)),
  );
  const missing = (Object.keys(METRICS) as MetricName[]).filter(
    (name) => ![name, `${name}_bucket`, `${name}_sum`].some((series) => shown.has(series)),
  );
  assert.deepEqual(missing, []);
});
