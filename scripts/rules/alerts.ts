import { type Alert, is, page, ticket } from "./alert.ts";
import { OBJECTIVE_ALERTS } from "./objective-rules.ts";

/** The newest slice that anybody has seen: the producer, or in its absence whoever reads. */
export const NEWEST_SLICE =
  "max(gdelt_source_last_file_timestamp_seconds or gdelt_watermark_timestamp_seconds)";

const FILES_BAD =
  "listed_404|not_a_zip|not_a_feed|zip_.*|size_mismatch|md5_mismatch|unreadable|collapsed|not_contiguous";

const FILES_MISSING = "missing|never_published|unavailable";

const RAW_SOURCES = "(events|mentions|gkg)-source";

/**
 * For so long a fault is to be seen until somebody is told: in two scrapes, so that one that was missed is none. With
 * the intervals of deploy/prometheus and the wait of Alertmanager it is then told within a minute (decision 42).
 */
const FAULT_HOLDS = "15s";

const FLOW: readonly Alert[] = [
  page(
    "SourceStalled",
    FAULT_HOLDS,
    "gdelt-health",
    "the newest slice is {{ $value | humanizeDuration }} old",
    is(`time() - ${NEWEST_SLICE}`, "> 2700"),
  ),
  ticket(
    "SliceMissing",
    null,
    "gdelt-health",
    "{{ $labels.stream }}: a slice goes on without its file, which is {{ $labels.outcome }}",
    is(
      `sum by (stream, outcome) (increase(gdelt_source_files_total{outcome=~"${FILES_MISSING}"}[30m]))`,
      "> 0",
    ),
  ),
  ticket(
    "SourceFileBad",
    null,
    "gdelt-health",
    "{{ $labels.stream }}: files of the feed are {{ $labels.outcome }}",
    is(
      `sum by (stream, outcome) (increase(gdelt_source_files_total{outcome=~"${FILES_BAD}"}[30m]))`,
      "> 0",
    ),
  ),
  page(
    "ConsumerStalled",
    "10m",
    "gdelt-health",
    "{{ $labels.node }}: {{ $value }} partitions wait and do not get on",
    is('sum by (node) (gdelt_consumer_status{status=~"STALL|STOP"})', "> 0"),
  ),
  ticket(
    "LagGrows",
    "30m",
    "gdelt-health",
    "{{ $labels.node }}: more comes than is read in {{ $value }} partitions",
    is('sum by (node) (gdelt_consumer_status{status="WARN"})', "> 0"),
  ),
  page(
    "WatermarkStalled",
    "15m",
    "gdelt-health",
    "{{ $labels.node }} is {{ $value | humanizeDuration }} behind the newest slice",
    is(`scalar(${NEWEST_SLICE}) - min by (node) (gdelt_watermark_timestamp_seconds)`, "> 900"),
  ),
  page(
    "RetentionAtRisk",
    "5m",
    "gdelt-health",
    "{{ $labels.node }} loses records of {{ $labels.topic }}-{{ $labels.partition }} in {{ $value | humanizeDuration }}",
    // Topics between tasks are cleaned up to the position: nothing is left of them, and nothing is lost.
    is(
      'min by (node, topic, partition) (gdelt_consumer_retention_left_records{topic!~".*-repartition"} ' +
        "/ clamp_min(deriv(gdelt_consumer_lag_records[1h]), 0.000001))",
      "< 7200",
    ),
    is("max by (node, topic, partition) (gdelt_consumer_lag_records)", "> 0"),
  ),
];

/** Fires always: whoever does not hear of it knows that the alerting is down. */
const WATCHDOG: Alert = {
  ...ticket("Watchdog", null, "gdelt-health", "the alerting works", is("vector(1)", "")),
  severity: "none",
};

const RUNNING = 'sum(gdelt_instance_state{state="RUNNING"})';

/** Where discovery takes who has gone out of the targets at once, only they know how many there should be. */
const EXPECTED = "max(gdelt_instances_expected)";

const LIFE: readonly Alert[] = [
  ticket(
    "ReplicaDown",
    FAULT_HOLDS,
    "gdelt-health",
    "{{ with $labels.instance }}{{ . }} does not answer{{ else }}fewer replicas answer than there should be{{ end }}",
    is(
      '(min by (instance) (up{job="gdelt-streams"}) ' +
        `or (1 + (count(sum by (instance) (gdelt_threads) > 0) or vector(0)) - ${EXPECTED}))`,
      "< 1",
    ),
  ),
  ticket(
    "InstanceMissing",
    "10m",
    "gdelt-health",
    "{{ $value }} replicas that should be there do not run",
    is(
      `((${EXPECTED} - count(max by (instance) (gdelt_threads{state="RUNNING"}) > 0)) ` +
        `or (count(up{job="gdelt-streams"}) - (${RUNNING} or vector(0))))`,
      "> 0",
    ),
  ),
  page(
    "NothingRuns",
    "5m",
    "gdelt-health",
    "no replica runs",
    // The process of a feed runs too, and has no threads.
    is('(sum(gdelt_threads{state="RUNNING"}) or vector(0))', "== 0"),
  ),
  ticket(
    "TargetDown",
    "5m",
    "gdelt-health",
    "{{ $labels.job }} at {{ $labels.instance }} does not answer",
    is('up{job!="gdelt-streams"}', "== 0"),
  ),
  ticket(
    "RebalanceStorm",
    null,
    "gdelt-state",
    "tasks were shared out {{ $value | humanize }} times in half an hour",
    is('max(increase(gdelt_rebalances_total{kind="rebalancing"}[30m]))', "> 6"),
  ),
  ticket(
    "ThreadSilent",
    "2m",
    "gdelt-runtime",
    "{{ $labels.thread }} of {{ $labels.instance }} is held up for {{ $value | humanizeDuration }}",
    is("time() - max by (instance, thread) (gdelt_thread_last_report_timestamp_seconds)", "> 300"),
  ),
  ticket(
    "EventLoopHeld",
    "15m",
    "gdelt-runtime",
    "{{ $labels.thread }} of {{ $labels.instance }} answers {{ $value | humanizeDuration }} late",
    is("max by (instance, thread) (nodejs_eventloop_lag_p99_seconds)", "> 1"),
  ),
  page("KafkaDown", "2m", "gdelt-platform", "no broker answers", is("max(kafka_brokers)", "< 1")),
  WATCHDOG,
];

const STATE: readonly Alert[] = [
  ticket(
    "CheckpointTooOld",
    "5m",
    "gdelt-state",
    "task {{ $labels.task }} has not committed for {{ $value | humanizeDuration }}",
    is("time() - max by (task) (gdelt_checkpoint_last_success_timestamp_seconds)", "> 3600"),
  ),
  ticket(
    "RestoreStuck",
    "15m",
    "gdelt-state",
    "{{ $value | humanize1024 }}B of state have still to be loaded",
    is("sum(gdelt_restore_remaining_bytes)", "> 0"),
  ),
  ticket(
    "TaskFailing",
    null,
    "gdelt-state",
    "{{ $labels.node }} went back to its last commit {{ $value | humanize }} times in half an hour",
    is('sum by (node) (increase(gdelt_failures_total{kind="retried"}[30m]))', "> 10"),
  ),
  ticket(
    "Fenced",
    null,
    "gdelt-state",
    "{{ $value | humanize }} transactions were shut out in an hour",
    is('sum(increase(gdelt_transactions_total{result="fenced"}[1h]))', "> 0"),
  ),
];

const SINKS: readonly Alert[] = [
  page(
    "MartDown",
    FAULT_HOLDS,
    "gdelt-sinks",
    "the database of the mart does not answer {{ $labels.instance }}",
    is("min by (instance) (gdelt_mart_up)", "== 0"),
  ),
  ticket(
    "GetsNowhere",
    FAULT_HOLDS,
    "gdelt-state",
    "{{ $labels.node }}: {{ $value }} tasks or tables have failed and not committed since",
    is("sum by (node) (gdelt_tasks_failing)", "> 0"),
  ),
  ticket(
    "GoldStale",
    "5m",
    "gdelt-sinks",
    "Gold was last made {{ $value | humanizeDuration }} ago",
    is("time() - max(gdelt_gold_last_success_timestamp_seconds)", "> 3600"),
  ),
  page(
    "SinkFailing",
    null,
    "gdelt-sinks",
    "{{ $labels.sink }} has not committed for half an hour, and fails",
    is('sum by (sink) (increase(gdelt_sink_commits_total{result="failed"}[30m]))', "> 0"),
    is('sum by (sink) (increase(gdelt_sink_commits_total{result="ok"}[30m]))', "== 0"),
  ),
  ticket(
    "SliceDiffers",
    null,
    "gdelt-lifecycle",
    "{{ $labels.node }}: {{ $value | humanize }} slices have other numbers of records than was put in",
    is('sum by (node) (increase(gdelt_slice_audits_total{result="differs"}[1h]))', "> 0"),
  ),
  ticket(
    "DlqSurge",
    null,
    "gdelt-lifecycle",
    "{{ $value | humanizePercentage }} of what was read cannot be read",
    is(
      "sum(increase(gdelt_dlq_records_total[30m])) / " +
        `clamp_min(sum(increase(gdelt_records_consumed_total{node=~"${RAW_SOURCES}"}[30m])), 1)`,
      "> 0.01",
    ),
  ),
  ticket(
    "CompactionBehind",
    "6h",
    "gdelt-sinks",
    "{{ $labels.sink }} has {{ $value }} small files",
    is("max by (sink) (gdelt_sink_small_files)", "> 1000"),
  ),
];

export const ALERTS: readonly Alert[] = [...OBJECTIVE_ALERTS, ...FLOW, ...LIFE, ...STATE, ...SINKS];
