import { type Board, series } from "../board.ts";

/** What becomes of each row, and does it add up? */
export const lifecycleBoard: Board = {
  uid: "gdelt-lifecycle",
  title: "GDELT: lifecycle and audit",
  description: "What becomes of rows on their way, how long it takes, and whether it adds up.",
  source: "prometheus",
  from: "now-24h",
  rows: [
    {
      title: "States",
      panels: [
        series(
          "timeseries",
          [
            "Events by state",
            "As the state of the tasks counts them now: waiting ones become complete, or expire.",
          ],
          "short",
          { "{{outcome}}": 'sum by (outcome) (gdelt_join_rows{stream="events"})' },
        ),
        series(
          "timeseries",
          ["Mentions by outcome", "joined, or why not: an orphan may still be joined."],
          "short",
          { "{{outcome}}": 'sum by (outcome) (gdelt_join_rows{stream="mentions"})' },
        ),
        series(
          "stacked",
          ["Written, by outcome", "A row that comes to a better outcome is written again."],
          "cps",
          {
            "{{stream}} {{outcome}}":
              "sum by (stream, outcome) (rate(gdelt_join_outcomes_total[$__rate_interval]))",
          },
        ),
        series(
          "timeseries",
          ["Documents", "GKG rows that a mention points to, and those that none does."],
          "short",
          { "{{outcome}}": 'sum by (outcome) (gdelt_join_rows{stream="gkg"})' },
        ),
      ],
    },
    {
      title: "How long stages take",
      panels: [
        series(
          "timeseries",
          [
            "Slice to table",
            "95 % of the slices of an hour are in a table that long after their stamp.",
          ],
          "s",
          {
            "{{sink}}":
              "histogram_quantile(0.95, sum by (le, sink) (increase(gdelt_freshness_seconds_bucket[1h])))",
          },
        ),
        series(
          "timeseries",
          [
            "Wait for completion",
            "In stream time: of the events of six hours that became complete.",
          ],
          "s",
          {
            p50: "histogram_quantile(0.5, sum by (le) (increase(gdelt_join_wait_seconds_bucket[6h])))",
            p95: "histogram_quantile(0.95, sum by (le) (increase(gdelt_join_wait_seconds_bucket[6h])))",
          },
        ),
        series(
          "timeseries",
          [
            "Oldest open slice",
            "Age of the oldest slice that waits for its end in a source. Nothing: none is open.",
          ],
          "s",
          {
            "{{node}}": "time() - min by (node) (gdelt_join_oldest_pending_timestamp_seconds)",
          },
        ),
        series(
          "timeseries",
          [
            "Late rows",
            "How far the stream was past the first row of a batch, at 99 %; 0: in time.",
          ],
          "s",
          {
            "{{node}}":
              "histogram_quantile(0.99, sum by (le, node) (increase(gdelt_record_lateness_seconds_bucket[6h])))",
          },
        ),
      ],
    },
    {
      title: "Does it add up?",
      panels: [
        series(
          "timeseries",
          [
            "Ends of slices that were held against what was read",
            "ok: as many records as the end says. `gdelt-streams audit` counts everything again.",
          ],
          "none",
          {
            "{{node}} {{result}}": "sum by (node, result) (increase(gdelt_slice_audits_total[1h]))",
          },
        ),
        series(
          "stat",
          ["Slices that differ", "In the last day; anything but 0 is a reason to audit."],
          "none",
          { differs: 'sum(increase(gdelt_slice_audits_total{result="differs"}[1d]))' },
          {
            width: 6,
            height: 8,
            steps: [
              { from: null, color: "green" },
              { from: 1, color: "red" },
            ],
          },
        ),
        series(
          "stat",
          ["Dead letters", "Rows and files of the last day that cannot be read."],
          "none",
          { rows: "sum(increase(gdelt_dlq_records_total[1d]))" },
          { width: 6, height: 8 },
        ),
        series("stacked", ["Dead letters, by reason", "What is wrong with them."], "none", {
          "{{stream}} {{reason}}":
            "sum by (stream, reason) (increase(gdelt_dlq_records_total[1h]))",
        }),
        series(
          "stacked",
          ["Left out", "Duplicates, and rows that are too large to be joined."],
          "none",
          {
            "{{stream}} {{reason}}":
              "sum by (stream, reason) (increase(gdelt_records_dropped_total[1h]))",
          },
        ),
      ],
    },
  ],
};
