import { above, type Board, series } from "../board.ts";

/** Do the tables keep up, and how do they lie? */
export const sinksBoard: Board = {
  uid: "gdelt-sinks",
  title: "GDELT: tables",
  description: "Tables of the lake and the mart: what goes in, how long it takes, how they lie.",
  source: "prometheus",
  from: "now-6h",
  rows: [
    {
      title: "Commits",
      panels: [
        series(
          "table",
          ["Last commit", "How long ago; a table to which nothing comes does not commit."],
          "s",
          { "{{sink}}": "time() - max by (sink) (gdelt_sink_last_commit_timestamp_seconds)" },
          { steps: above(1200, 2700) },
        ),
        series("timeseries", ["How long they take", "95 % of those of half an hour."], "s", {
          "{{sink}}":
            "histogram_quantile(0.95, sum by (le, sink) (increase(gdelt_sink_commit_duration_seconds_bucket[30m])))",
        }),
        series("timeseries", ["Rows", "Rows per second that became readable."], "cps", {
          "{{sink}}": "sum by (sink) (rate(gdelt_sink_rows_total[$__rate_interval]))",
        }),
        series("timeseries", ["Bytes", "Of the records they are made of, per second."], "Bps", {
          "{{sink}}": "sum by (sink) (rate(gdelt_sink_bytes_total[$__rate_interval]))",
        }),
        series("timeseries", ["Failed commits", "In an hour; they are tried again."], "none", {
          "{{sink}}": 'sum by (sink) (increase(gdelt_sink_commits_total{result="failed"}[1h]))',
        }),
        series(
          "timeseries",
          [
            "Held up",
            "Share of the time in which a task or table took nothing: it committed, or had failed.",
          ],
          "percentunit",
          {
            "{{node}}": "sum by (node) (rate(gdelt_backpressure_seconds_total[$__rate_interval]))",
          },
        ),
      ],
    },
    {
      title: "The lake",
      panels: [
        series(
          "timeseries",
          ["Small files", "Live files of less than 32 MiB; upkeep puts them together."],
          "none",
          { "{{sink}}": "max by (sink) (gdelt_sink_small_files)" },
        ),
        series("timeseries", ["Version", "Of each table: one for each commit."], "none", {
          "{{sink}}": "max by (sink) (gdelt_delta_version)",
        }),
      ],
    },
    {
      title: "How far they are",
      panels: [
        series("timeseries", ["Records that wait", "Offsets between position and end."], "short", {
          "{{node}}": 'sum by (node) (gdelt_consumer_lag_records{node=~".*-(lake|mart)"})',
        }),
        series(
          "timeseries",
          [
            "Retention left",
            "Offsets between the first that the log still has and the position: at 0 records are lost.",
          ],
          "short",
          {
            "{{node}}":
              'min by (node) (gdelt_consumer_retention_left_records{node=~".*-(lake|mart)"})',
          },
        ),
      ],
    },
  ],
};
