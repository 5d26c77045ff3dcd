import { NEWEST_SLICE } from "../../rules/alerts.ts";
import { above, type Board, below, series } from "../board.ts";

const HEALTH = {
  "0": { text: "UNHEALTHY", color: "red" },
  "1": { text: "HEALTHY", color: "green" },
} as const;

const WATERMARK = "gdelt_watermark_timestamp_seconds";

const good = (join: string) =>
  `sum(increase(gdelt_join_good_total{join="${join}"}[1h])) / ` +
  `sum(increase(gdelt_join_due_total{join="${join}"}[1h]))`;

/** Is it well, how far behind is it, and how well does it join? */
export const healthBoard: Board = {
  uid: "gdelt-health",
  title: "GDELT: pipeline health",
  description: "Whether the pipeline keeps what it promises: start here when an alert has come.",
  source: "prometheus",
  from: "now-6h",
  rows: [
    {
      title: "Is it well?",
      panels: [
        series(
          "stat",
          ["Pipeline", "HEALTHY: a replica runs, and no alert fires that wakes somebody."],
          "none",
          { state: "gdelt:healthy" },
          { texts: HEALTH, steps: below(1, 1) },
        ),
        series(
          "stat",
          [
            "Freshness: budget left",
            "Of what may be late in 28 days, the share that is not used up; below 0 the promise is broken.",
          ],
          "percentunit",
          { "worst table": "min(gdelt:freshness_budget_left:ratio28d)" },
          { steps: below(0, 0.25) },
        ),
        series(
          "stat",
          [
            "Join: budget left",
            "The same of mentions whose event must be there, since their slice is one that was read.",
          ],
          "percentunit",
          { "mention → event": "gdelt:join_budget_left:ratio28d" },
          { steps: below(0, 0.25) },
        ),
        series(
          "stat",
          ["Newest slice", "Age of its stamp: a slice comes every 15 minutes, some minutes late."],
          "s",
          { age: `time() - ${NEWEST_SLICE}` },
          { steps: above(1500, 2700) },
        ),
        series(
          "stat",
          [
            "Worst lag",
            "Age of the oldest record that somebody has not processed; 0: there is none.",
          ],
          "s",
          { lag: "max(gdelt_consumer_lag_seconds)" },
          { steps: above(1200, 2400) },
        ),
        series(
          "stat",
          ["Alerts", "How many fire, of those that ask for somebody."],
          "none",
          { firing: 'count(ALERTS{alertstate="firing", severity=~"page|ticket"}) or vector(0)' },
          { steps: above(1, 3) },
        ),
      ],
    },
    {
      title: "Joins and freshness",
      panels: [
        series(
          "timeseries",
          [
            "Join rate",
            "Of the mentions of an hour that must have one: the share that found their event, and their GKG row.",
          ],
          "percentunit",
          { "mention → event": good("event"), "mention → GKG": good("document") },
        ),
        series(
          "timeseries",
          [
            "Freshness",
            "From the stamp of a slice until its rows are in a table: half of them, and 95 %. A backfill is old by nature.",
          ],
          "s",
          {
            "{{sink}} p50":
              "histogram_quantile(0.5, sum by (le, sink) (increase(gdelt_freshness_seconds_bucket[1h])))",
            "{{sink}} p95":
              "histogram_quantile(0.95, sum by (le, sink) (increase(gdelt_freshness_seconds_bucket[1h])))",
          },
        ),
        series(
          "timeseries",
          [
            "How fast the budgets burn",
            "1: what may go wrong in 28 days would just do; alerts come at 14.4 and 6 (page) and 1 (ticket).",
          ],
          "none",
          {
            "freshness {{sink}}": "gdelt:freshness_bad:ratio1h / 0.01",
            "join {{join}}": "gdelt:join_bad:ratio1h / 0.01",
          },
        ),
        series(
          "heatmap",
          [
            "How long events wait",
            "Stream time until they are complete, over the last hour: most at once, some for hours or days.",
          ],
          "s",
          { "{{le}}": "sum by (le) (increase(gdelt_join_wait_seconds_bucket[1h]))" },
        ),
      ],
    },
    {
      title: "Lag and throughput",
      panels: [
        series(
          "timeseries",
          ["Lag", "Age of the oldest record that waits, by who has to read it."],
          "s",
          { "{{node}}": "max by (node) (gdelt_consumer_lag_seconds)" },
        ),
        series(
          "timeseries",
          [
            "Watermark behind the newest slice",
            "How much older the newest slice is that has ended in a source than the newest there is.",
          ],
          "s",
          { "{{node}}": `scalar(${NEWEST_SLICE}) - min by (node) (${WATERMARK})` },
        ),
        series(
          "timeseries",
          [
            "Skew of the sources",
            "How far a source is ahead of the slowest one of its task: what it has waits in the state.",
          ],
          "s",
          { "{{node}}": "max by (node) (gdelt_watermark_skew_seconds)" },
        ),
        series(
          "timeseries",
          [
            "Idle partitions",
            "Of topics that others fill: so silent that nobody waits for them any more.",
          ],
          "none",
          { "{{node}}": "sum by (node) (gdelt_stream_idle)" },
        ),
        series(
          "timeseries",
          ["Throughput", "Records in commits that are through, by who has read them."],
          "cps",
          {
            "{{node}}": "sum by (node) (rate(gdelt_records_consumed_total[$__rate_interval]))",
          },
        ),
        series(
          "stacked",
          [
            "How partitions are read",
            "WARN: the lag grows. STALL: the position stands still. STOP: nothing is committed. UNKNOWN: too few looks yet.",
          ],
          "none",
          { "{{status}}": "sum by (status) (gdelt_consumer_status)" },
        ),
        series(
          "timeseries",
          ["Files of the feed", "What became of them: everything but ok is a reason to look."],
          "none",
          {
            "{{stream}} {{outcome}}":
              "sum by (stream, outcome) (increase(gdelt_source_files_total[1h])) > 0",
          },
        ),
        series("timeseries", ["Rows published", "Of each feed, in an hour."], "short", {
          "{{stream}}": "sum by (stream) (increase(gdelt_source_rows_total[1h]))",
        }),
        series(
          "timeseries",
          [
            "Troubles of the feed",
            "Attempts that failed, of a file, a list or the log: they are tried again by themselves.",
          ],
          "none",
          { "{{kind}}": "sum by (kind) (increase(gdelt_source_troubles_total[1h]))" },
        ),
      ],
    },
  ],
};
