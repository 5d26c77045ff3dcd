import { counter, gauge, histogram, type MetricType } from "./metric-spec.ts";
import { BACKFILL_SECONDS, FRESH_SECONDS } from "./objectives.ts";

/*
 * Every metric there is, and all that is known of it: the registries and docs/metrics.md are made of
 * this. A unit is the plural at the end of the name, an instant is exported and not an age, and no
 * label holds anything of which there is one for each row, file or replica.
 */

/** Seconds, about powers of two. */
const DURATIONS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Of slices, which come every 900 s and are published minutes after their stamp. */
const FRESHNESS = [5, 15, 30, 60, 120, 300, 540, 900, 1200, 1800, 3600, 7200];

/** Of slices too: how long, in stream time, something waited or was late. */
const STREAM_TIMES = [0, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 345_600, 691_200];

const PAUSES = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

const application = {
  gdelt_build_info: gauge("1; its labels say what runs.", ["version", "topology"], {
    across: "max",
  }),
  gdelt_instance_state: gauge("1 for the state that the client is in, 0 for the others.", [
    "state",
  ]),
  gdelt_threads: gauge("Stream threads, by state.", ["state"]),
  gdelt_tasks: gauge("Tasks and tables that the process has open, by state.", ["state"]),
  gdelt_rebalances_total: counter("What the group has told the threads.", ["kind"]),
  gdelt_rebalance_duration_seconds: histogram(
    "Until the tasks were shared out (shared), and from then until a thread had given up and opened what it had to (opened); tasks that stay go on meanwhile.",
    ["kind"],
    DURATIONS,
  ),
  gdelt_failures_total: counter(
    "Tasks and tables that went back to their last commit (retried), or were dropped because they are another's (migrated).",
    ["node", "kind"],
  ),
  gdelt_tasks_failing: gauge(
    "Tasks and tables that have failed, and neither committed since nor found that nothing is left to do.",
    ["node"],
  ),
  gdelt_instances_expected: gauge(
    "Replicas that there should be (inspector.replicas); not there where that is not set.",
    [],
    { across: "max" },
  ),
  gdelt_thread_last_report_timestamp_seconds: gauge(
    "When the thread has told last how it stands: values of its tasks are as old.",
    ["thread"],
  ),
} as const;

const input = {
  gdelt_consumer_lag_records: gauge("Offsets between the position and the end of a partition.", [
    "node",
    "topic",
    "partition",
  ]),
  gdelt_consumer_lag_seconds: gauge(
    "Age of the oldest record that is not processed, by its own time; 0 where the position is the end.",
    ["node", "topic", "partition"],
  ),
  gdelt_consumer_status: gauge(
    "Partitions by how they are read, judged from ten looks at least 10 s apart: OK; WARN: the lag grows; STALL: the position stands still before records; STOP: it moves, and nothing is committed; UNKNOWN: too few looks yet.",
    ["node", "status"],
  ),
  gdelt_consumer_retention_left_records: gauge(
    "Offsets between the first that the log still has and the position, as of when a record last waited: where it comes to 0, records are lost. Topics between tasks are cleaned behind their reader, and have little left.",
    ["node", "topic", "partition"],
  ),
  gdelt_slice_audits_total: counter(
    "Ends of slices, by whether as many records were read before them as they say (ok, differs); where several write into a partition none are held against it.",
    ["node", "result"],
  ),
  gdelt_record_lateness_seconds: histogram(
    "By how much the stream was past the first row of each batch; 0: in time.",
    ["node"],
    STREAM_TIMES,
  ),
  gdelt_records_consumed_total: counter("Records of the log in commits that are through.", [
    "node",
  ]),
  gdelt_watermark_timestamp_seconds: gauge(
    "The newest slice that has ended in a source, in the partition that is furthest behind.",
    ["node"],
    { across: "min" },
  ),
  gdelt_stream_idle: gauge(
    "Partitions of a source without ends of slices that have been silent for so long that nobody waits for them.",
    ["node"],
  ),
  gdelt_watermark_skew_seconds: gauge(
    "How far a source is ahead of the slowest one of its task, in the task where that is most.",
    ["node"],
    { across: "max" },
  ),
} as const;

const joins = {
  gdelt_join_wait_seconds: histogram(
    "How long events have waited in stream time until they were complete: from their slice to that of the first mention with its context. The sum takes each for the bound of its bucket.",
    [],
    STREAM_TIMES,
  ),
  gdelt_join_oldest_pending_timestamp_seconds: gauge(
    "The oldest slice that is open, since it has not ended in a source; not there where none is open.",
    ["node"],
    { across: "min" },
  ),
  gdelt_join_outcomes_total: counter(
    "Rows that were written with an outcome. One that is written again, since it has come to a better one, counts again.",
    ["stream", "outcome"],
  ),
  gdelt_join_rows: gauge(
    "Rows by the outcome that they have now, as the state of the tasks here counts them.",
    ["stream", "outcome"],
  ),
  gdelt_join_due_total: counter(
    "Mentions that must find a partner: the event, unless it is from before the start or of a feed that is not followed; or the document, if they are of the web.",
    ["join"],
  ),
  gdelt_join_good_total: counter("Of those, the ones that have found it.", ["join"]),
  gdelt_records_dropped_total: counter("Rows that were left out and counted.", [
    "stream",
    "reason",
  ]),
  gdelt_dlq_records_total: counter(
    "Rows and files that cannot be read, and are in the dead letters.",
    ["stream", "reason"],
  ),
} as const;

const state = {
  gdelt_store_entries: gauge("Entries in the stores of the tasks here.", ["store"]),
  gdelt_store_bytes: gauge("Bytes of state, in memory and on disk.", ["store"]),
  gdelt_store_resident_bytes: gauge("Bytes of state in memory.", ["store"]),
  gdelt_checkpoint_last_success_timestamp_seconds: gauge(
    "When a task has committed last; one that has nothing to commit does not.",
    ["task"],
    { across: "max" },
  ),
  gdelt_checkpoint_duration_seconds: histogram(
    "How long the checkpoint of a commit took to store.",
    ["node"],
    DURATIONS,
  ),
  gdelt_checkpoint_bytes_total: counter("Bytes stored for checkpoints.", ["node"]),
  gdelt_restore_remaining_bytes: gauge("Bytes of state that tasks have still to load."),
} as const;

const commits = {
  gdelt_commit_duration_seconds: histogram(
    "How long a commit of a task took, its checkpoint included.",
    ["node"],
    DURATIONS,
  ),
  gdelt_transactions_total: counter(
    "Transactions of tasks: committed; aborted; unknown: the answer was lost, and if the log has it all the same it is counted as committed too; fenced: another has the task.",
    ["result"],
  ),
  gdelt_backpressure_seconds_total: counter(
    "Time in which a task or table got nowhere: it committed, or had failed and not committed since.",
    ["node"],
  ),
  gdelt_sink_commit_duration_seconds: histogram(
    "How long a commit of a table took.",
    ["sink"],
    DURATIONS,
  ),
  gdelt_sink_commits_total: counter("Commits of tables; failed: what a table failed of.", [
    "sink",
    "result",
  ]),
  gdelt_sink_rows_total: counter("Rows in commits of tables.", ["sink"]),
  gdelt_sink_bytes_total: counter("Bytes of the records that commits of tables took.", ["sink"]),
  gdelt_delta_version: gauge("Version of a table of the lake, as last seen.", ["sink"], {
    across: "max",
  }),
  gdelt_sink_small_files: gauge("Live files of less than 32 MiB, as last seen.", ["sink"], {
    across: "max",
  }),
  gdelt_sink_last_commit_timestamp_seconds: gauge("When a table has committed last.", ["sink"], {
    across: "max",
  }),
  gdelt_mart_up: gauge(
    "1: the server of the mart answers, asked every 5 s; 0: it does not. Not there without such a server.",
    [],
    { across: "min" },
  ),
  gdelt_gold_last_success_timestamp_seconds: gauge(
    "When Gold was last made and published, as the mart says; not there as long as it never was.",
    [],
    { across: "max" },
  ),
  gdelt_freshness_seconds: histogram(
    "From the stamp of a slice until its rows of a partition are in the table.",
    ["sink"],
    FRESHNESS,
  ),
  gdelt_freshness_rows_total: counter(
    `Rows of slices that have ended in a table, counted then; those of a slice that was older than ${BACKFILL_SECONDS / 3600} hours are not, since a backfill promises nothing.`,
    ["sink"],
  ),
  gdelt_freshness_good_rows_total: counter(
    `Of those, the ones that were there within ${FRESH_SECONDS} s of the stamp of their slice.`,
    ["sink"],
  ),
} as const;

const feed = {
  gdelt_source_files_total: counter(
    "What became of a feed's file of a slice.",
    ["stream", "outcome"],
    "start",
  ),
  gdelt_source_rows_total: counter("Rows published.", ["stream"], "start"),
  gdelt_source_last_file_timestamp_seconds: gauge("The newest slice published.", ["stream"], {
    across: "max",
    where: "start",
  }),
  gdelt_source_troubles_total: counter(
    "Attempts that failed: of a file, of a list of the feed, of the log.",
    ["kind"],
    "start",
  ),
} as const;

const machine = {
  nodejs_eventloop_lag_p99_seconds: gauge(
    "How late the event loop of a thread was, 99 % of the time since the last scrape.",
    ["thread"],
  ),
  nodejs_eventloop_lag_max_seconds: gauge("The most since the last scrape.", ["thread"]),
  nodejs_gc_duration_seconds: histogram(
    "Pauses for the collection of garbage.",
    ["thread", "kind"],
    PAUSES,
  ),
  nodejs_heap_size_used_bytes: gauge("JavaScript heap in use.", ["thread"]),
  nodejs_heap_size_total_bytes: gauge("JavaScript heap taken from the system.", ["thread"]),
  nodejs_external_memory_bytes: gauge("Memory that JavaScript objects hold outside the heap.", [
    "thread",
  ]),
  gdelt_thread_cpu_seconds_total: counter("Processor time of a thread.", ["thread"]),
  process_cpu_seconds_total: counter("Processor time of the process."),
  process_resident_memory_bytes: gauge("Memory of the process, all threads together."),
  process_start_time_seconds: gauge("When the process began."),
} as const;

export const METRICS = {
  ...application,
  ...input,
  ...joins,
  ...state,
  ...commits,
  ...feed,
  ...machine,
} as const;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Metrics of one type. */
export type NameOf<T extends MetricType> = {
  [N in MetricName]: (typeof METRICS)[N]["type"] extends T ? N : never;
}[MetricName];

/** The labels of a metric, all of them. */
export type LabelsOf<N extends MetricName> = Readonly<
  Record<(typeof METRICS)[N]["labels"][number], string>
>;

/** Metrics that belong together. */
export const CHAPTERS: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  { title: "The application", names: Object.keys(application) },
  { title: "What is read", names: Object.keys(input) },
  { title: "What becomes of the rows", names: Object.keys(joins) },
  { title: "State", names: Object.keys(state) },
  { title: "Commits and tables", names: Object.keys(commits) },
  { title: "The feed", names: Object.keys(feed) },
  { title: "Threads and process", names: Object.keys(machine) },
];
