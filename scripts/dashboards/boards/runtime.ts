import { above, type Board, series } from "../board.ts";

/** How do the processes do? */
export const runtimeBoard: Board = {
  uid: "gdelt-runtime",
  title: "GDELT: processes and threads",
  description: "Event loops, garbage, memory and processor time of every thread.",
  source: "prometheus",
  from: "now-6h",
  rows: [
    {
      title: "Processes",
      panels: [
        series(
          "table",
          ["What runs", "Versions and topologies: replicas of different ones share no tasks."],
          "none",
          {
            "{{instance}}": "max by (instance, version, topology) (gdelt_build_info)",
          },
        ),
        series("timeseries", ["State", "1: that is the state the process is in."], "none", {
          "{{instance}} {{state}}": "max by (instance, state) (gdelt_instance_state) > 0",
        }),
        series("timeseries", ["Memory", "Resident, of the whole process."], "bytes", {
          "{{instance}}": "max by (instance) (process_resident_memory_bytes)",
        }),
        series("timeseries", ["Processor", "Processors that a process takes."], "none", {
          "{{instance}}": "sum by (instance) (rate(process_cpu_seconds_total[$__rate_interval]))",
        }),
        series("timeseries", ["Age", "Since the process began."], "s", {
          "{{instance}}": "time() - max by (instance) (process_start_time_seconds)",
        }),
      ],
    },
    {
      title: "Threads",
      panels: [
        series(
          "timeseries",
          ["Event loop", "How late it was, 99 % of the time: above a second a thread is held up."],
          "s",
          {
            "{{instance}} {{thread}}":
              "max by (instance, thread) (nodejs_eventloop_lag_p99_seconds)",
          },
          { steps: above(0.5, 1) },
        ),
        series("timeseries", ["Event loop, at worst", "The most since the scrape before."], "s", {
          "{{instance}} {{thread}}": "max by (instance, thread) (nodejs_eventloop_lag_max_seconds)",
        }),
        series(
          "timeseries",
          ["Garbage", "Share of the time that its collection takes."],
          "percentunit",
          {
            "{{instance}} {{thread}}":
              "sum by (instance, thread) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))",
          },
        ),
        series("timeseries", ["Heap", "JavaScript heap in use."], "bytes", {
          "{{instance}} {{thread}}": "max by (instance, thread) (nodejs_heap_size_used_bytes)",
        }),
        series("timeseries", ["Heap taken", "JavaScript heap taken from the system."], "bytes", {
          "{{instance}} {{thread}}": "max by (instance, thread) (nodejs_heap_size_total_bytes)",
        }),
        series("timeseries", ["Outside the heap", "Buffers of JavaScript objects."], "bytes", {
          "{{instance}} {{thread}}": "max by (instance, thread) (nodejs_external_memory_bytes)",
        }),
        series(
          "timeseries",
          ["Processor", "Processors that a thread takes; 1 is all it can."],
          "none",
          {
            "{{instance}} {{thread}}":
              "sum by (instance, thread) (rate(gdelt_thread_cpu_seconds_total[$__rate_interval]))",
          },
        ),
        series(
          "timeseries",
          ["Last report", "How long ago a thread has told how its tasks stand."],
          "s",
          {
            "{{instance}} {{thread}}":
              "time() - max by (instance, thread) (gdelt_thread_last_report_timestamp_seconds)",
          },
        ),
      ],
    },
  ],
};
