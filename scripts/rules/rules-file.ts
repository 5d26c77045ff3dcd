import { stringify } from "yaml";
import { type Alert, exprOf } from "./alert.ts";
import { ALERTS } from "./alerts.ts";
import { OBJECTIVE_RECORDINGS, type Recording } from "./objective-rules.ts";

/** Whether all is well, for boards: somebody runs, and nobody has to be woken. */
const HEALTH: Recording = {
  record: "gdelt:healthy",
  expr:
    '((sum(gdelt_threads{state="RUNNING"}) or vector(0)) > bool 0)\n' +
    '* ((count(ALERTS{alertstate="firing", severity="page"}) or vector(0)) == bool 0)',
};

export const RECORDINGS: readonly Recording[] = [...OBJECTIVE_RECORDINGS, HEALTH];

const HEAD = "# Written by scripts/dashboards.ts. Rules for Prometheus: docs/dashboards.md.\n";

/** `deploy/prometheus/rules.yml`. */
export function rulesFile(): string {
  const groups = [
    { name: "gdelt-recordings", interval: "1m", rules: RECORDINGS },
    { name: "gdelt-alerts", rules: ALERTS.map(ruleOf) },
  ];
  return HEAD + stringify({ groups }, { lineWidth: 0 });
}

const ruleOf = (alert: Alert) => ({
  alert: alert.name,
  expr: exprOf(alert),
  ...(alert.holds !== null && { for: alert.holds }),
  labels: { severity: alert.severity, ...alert.labels },
  annotations: {
    summary: alert.summary,
    runbook_url: `docs/runbooks/${alert.runbook}.md`,
    dashboard_url: `/d/${alert.board}`,
  },
});
