import { above, type Board, series } from "../board.ts";

/** How large is the state, is it safe, and who holds it? */
export const stateBoard: Board = {
  uid: "gdelt-state",
  title: "GDELT: state and checkpoints",
  description: "Size of the state, age of its checkpoints, tasks and how they move.",
  source: "prometheus",
  from: "now-6h",
  rows: [
    {
      title: "State",
      panels: [
        series("timeseries", ["Size", "Bytes of each store, in memory and on disk."], "bytes", {
          "{{store}}": "sum by (store) (gdelt_store_bytes)",
        }),
        series("timeseries", ["In memory", "Bytes of each store that are in memory."], "bytes", {
          "{{store}}": "sum by (store) (gdelt_store_resident_bytes)",
        }),
        series("timeseries", ["Entries", "Entries of each store."], "short", {
          "{{store}}": "sum by (store) (gdelt_store_entries)",
        }),
        series(
          "timeseries",
          ["Left to load", "Bytes of state that tasks which are being opened have still to fetch."],
          "bytes",
          { bytes: "sum(gdelt_restore_remaining_bytes)" },
        ),
      ],
    },
    {
      title: "Checkpoints",
      panels: [
        series(
          "timeseries",
          ["Age of the last checkpoint", "By task; between two slices there is nothing to commit."],
          "s",
          {
            "{{task}}": "time() - max by (task) (gdelt_checkpoint_last_success_timestamp_seconds)",
          },
          { steps: above(1800, 3600) },
        ),
        series(
          "timeseries",
          ["Commit of a task", "95 %: checkpoint, output and positions, as one transaction."],
          "s",
          {
            "{{node}}":
              "histogram_quantile(0.95, sum by (le, node) (increase(gdelt_commit_duration_seconds_bucket[30m])))",
          },
        ),
        series("timeseries", ["Of that, the checkpoint", "95 %."], "s", {
          "{{node}}":
            "histogram_quantile(0.95, sum by (le, node) (increase(gdelt_checkpoint_duration_seconds_bucket[30m])))",
        }),
        series("timeseries", ["Checkpoints written", "Bytes per second."], "Bps", {
          "{{node}}": "sum by (node) (rate(gdelt_checkpoint_bytes_total[$__rate_interval]))",
        }),
        series(
          "timeseries",
          [
            "Transactions",
            "fenced: another has taken the task. unknown: the answer was lost, the log will tell.",
          ],
          "cps",
          { "{{result}}": "sum by (result) (rate(gdelt_transactions_total[$__rate_interval]))" },
        ),
        series(
          "timeseries",
          ["Failures", "Tasks and tables that went back to their last commit, or were dropped."],
          "none",
          { "{{node}} {{kind}}": "sum by (node, kind) (increase(gdelt_failures_total[1h]))" },
        ),
      ],
    },
    {
      title: "Tasks",
      panels: [
        series("stacked", ["Tasks and tables", "By state, over all replicas."], "none", {
          "{{state}}": "sum by (state) (gdelt_tasks)",
        }),
        series("stacked", ["Threads", "By state, over all replicas."], "none", {
          "{{state}}": "sum by (state) (gdelt_threads)",
        }),
        series(
          "timeseries",
          ["Sharings out", "What the group has told the threads, in an hour."],
          "none",
          {
            "{{kind}}": "max by (kind) (increase(gdelt_rebalances_total[1h]))",
          },
        ),
        series(
          "timeseries",
          [
            "How long they take",
            "95 %: until the tasks are shared out, and until a thread has opened its own.",
          ],
          "s",
          {
            "{{kind}}":
              "histogram_quantile(0.95, sum by (le, kind) (increase(gdelt_rebalance_duration_seconds_bucket[6h])))",
          },
        ),
      ],
    },
  ],
};
