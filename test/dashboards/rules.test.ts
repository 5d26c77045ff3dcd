import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { BOARDS } from "../../scripts/dashboards/boards.ts";
import { ALERTS } from "../../scripts/rules/alerts.ts";
import { alertmanagerSoftware } from "../../scripts/services/alertmanager.ts";
import { prometheusSoftware } from "../../scripts/services/prometheus.ts";
import { METRIC_NAMES } from "../../src/inspector/metrics/catalogue.ts";
import { promtool, withoutPrograms } from "../app/inspector/promtool.ts";
import { ALERT_CASES } from "./alert-cases.ts";
import { PANEL_EXPRESSIONS, withInterval } from "./expressions.ts";

const root = path.join(import.meta.dirname, "..", "..");
const rules = path.join(root, "deploy", "prometheus", "rules.yml");
const runbooks = path.join(root, "docs", "runbooks");

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly { readonly alert?: string; readonly record?: string }[];
}

test("every alert has a page that says what it means, how to look and what to do, and a board", () => {
  for (const { name, runbook, board } of ALERTS) {
    const page = path.join(runbooks, `${runbook}.md`);
    assert.ok(existsSync(page), `${name}: docs/runbooks/${runbook}.md is missing`);
    const text = readFileSync(page, "utf8");
    for (const heading of ["# ", "## What it means", "## How to look", "## What to do"]) {
      assert.match(text, new RegExp(`^${heading}`, "m"), `${name}: ${heading}`);
    }
    assert.ok(
      BOARDS.some(({ uid }) => uid === board),
      name,
    );
  }
  const pages = globSync("*.md", { cwd: runbooks }).filter((page) => page !== "README.md");
  const orphans = pages.filter((page) => !ALERTS.some(({ runbook }) => `${runbook}.md` === page));
  assert.deepEqual(orphans, []);
});

test("the pages name metrics that there are", () => {
  const pages = globSync("*.md", { cwd: runbooks });
  const named = pages.flatMap((page) =>
    [...readFileSync(path.join(runbooks, page), "utf8").matchAll(/\bgdelt_[a-z0-9_]+/g)].map(
      ([name]) => name,
    ),
  );
  assert.ok(named.length > 20);
  const known = new Set([...METRIC_NAMES, "gdelt_reader"].map(String));
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test("every alert but the one that fires always is tried in both ways", () => {
  const tried = new Set(ALERT_CASES.map(({ alert }) => alert));
  const untried = ALERTS.map(({ name }) => name).filter((name) => !tried.has(name));
  assert.deepEqual(untried, ["Watchdog"]);
});

describe("routes, by Alertmanager's own tool", {
  skip: await withoutPrograms(alertmanagerSoftware),
}, () => {
  const config = path.join(root, "deploy", "alertmanager", "alertmanager.yml");
  const amtool = async (...args: readonly string[]) =>
    (await promisify(execFile)("amtool", args)).stdout.trim();

  test("they are routes, to those who are meant", async () => {
    assert.match(await amtool("check-config", config), /SUCCESS/);
    for (const { name, severity } of ALERTS) {
      const labels = [`alertname=${name}`, `severity=${severity}`];
      const receiver = await amtool(
        "config",
        "routes",
        "test",
        `--config.file=${config}`,
        ...labels,
      );
      assert.equal(receiver, { page: "pages", ticket: "tickets", none: "deadman" }[severity], name);
    }
  });
});

describe("rules, by Prometheus' own tool", {
  skip: await withoutPrograms(prometheusSoftware),
}, () => {
  let scratch: string;
  before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "rules-"));
  });
  after(() => rm(scratch, { recursive: true }));

  async function checked(command: string, content: unknown): Promise<void> {
    const file = path.join(scratch, `${command}.yml`);
    await writeFile(file, stringify(content));
    await promtool([command === "test" ? "test" : "check", "rules", file], "");
  }

  test("they are rules, and so are the expressions of all panels", async () => {
    await promtool(["check", "rules", rules], "");
    const recorded = PANEL_EXPRESSIONS.map(({ expr }, at) => ({
      record: `panel:expression${at}`,
      expr: withInterval(expr, "5m"),
    }));
    await checked("check", { groups: [{ name: "panels", rules: recorded }] });
    const wrong = { groups: [{ name: "wrong", rules: [{ record: "wrong", expr: "sum(" }] }] };
    await assert.rejects(checked("check", wrong));
  });

  test("the configuration of Prometheus is one", async () => {
    await promtool(
      ["check", "config", path.join(root, "deploy", "prometheus", "prometheus.yml")],
      "",
    );
  });

  /** The file with this alert, and what is recorded for it: all of them would take minutes. */
  async function only(alert: string): Promise<string> {
    const { groups } = parse(readFileSync(rules, "utf8")) as { groups: RuleGroup[] };
    const isRecorded = ALERTS.find(({ name }) => name === alert)!.conditions[0].value.includes(":");
    const kept = groups.map(({ name, rules: all }) => ({
      name,
      rules: all.filter((rule) => rule.alert === alert || (isRecorded && rule.record)),
    }));
    const file = path.join(scratch, `${alert}.yml`);
    await writeFile(file, stringify({ groups: kept.filter((group) => group.rules.length > 0) }));
    return file;
  }

  /** Whether the alert fires, as promtool is to find it. */
  const unit = (
    { alert, step, at }: (typeof ALERT_CASES)[number],
    series: Readonly<Record<string, string>>,
    fires: boolean,
  ) => ({
    interval: step,
    name: `${alert} ${fires ? "fires" : "is quiet"}`,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: at,
        exp_samples: [{ labels: "{}", value: fires ? 1 : 0 }],
      },
    ],
  });

  test("each alert fires of what it is for, and of nothing that is like it", async () => {
    for (const one of ALERT_CASES) {
      const tests = [unit(one, one.fires, true), unit(one, one.quiet, false)];
      await checked("test", {
        rule_files: [await only(one.alert)],
        evaluation_interval: "1m",
        tests,
      });
    }
  });

  test("the one that fires always does, and one that is expected wrongly is found", async () => {
    const watchdog = { alert: "Watchdog", step: "1m", at: "5m", fires: {}, quiet: {} };
    const tests = (fires: boolean) => ({
      ...{ rule_files: [rules], evaluation_interval: "1m", tests: [unit(watchdog, {}, fires)] },
    });
    await checked("test", tests(true));
    await assert.rejects(checked("test", tests(false)));
  });

  test("a slice that is late as a whole wakes somebody within minutes, and half a slice does not", async () => {
    // A hundred rows with each slice, and a value each minute; of the twentieth slice fewer are good.
    const rows = (ofTwentieth: number) =>
      Array.from({ length: 30 }, (_, k) => `${100 * k - (k < 20 ? 0 : 100 - ofTwentieth)}x14`);
    const slices = (good: number) => ({
      'gdelt_freshness_rows_total{sink="lake"}': rows(100).join(" "),
      'gdelt_freshness_good_rows_total{sink="lake"}': rows(good).join(" "),
    });
    const fast = { alert: "FreshnessBurnFast", step: "1m", at: "", fires: {}, quiet: {} };
    const late = (minutes: number, good: number, fires: boolean) =>
      unit({ ...fast, at: `${15 * 20 + minutes}m` }, slices(good), fires);
    const tests = [late(2, 0, true), late(45, 0, false), late(2, 50, false)];
    await checked("test", { rule_files: [rules], evaluation_interval: "1m", tests });
  });
});
