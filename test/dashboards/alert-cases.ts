/** Series as promtool writes them: a name with labels, and values every 15 minutes or as the step says. */
export interface AlertCase {
  readonly alert: string;
  /** Between two values. */
  readonly step: string;
  readonly fires: Readonly<Record<string, string>>;
  readonly quiet: Readonly<Record<string, string>>;
  /** When it is looked at. */
  readonly at: string;
}

const RUNS = { 'gdelt_instance_state{state="RUNNING"}': "1x400" };

/** Rows of slices in one table, of which the good ones stop growing or do not. */
const freshness = (good: string, all = "0+100x400") => ({
  'gdelt_freshness_rows_total{sink="lake"}': all,
  'gdelt_freshness_good_rows_total{sink="lake"}': good,
});
const join = (good: string) => ({
  'gdelt_join_due_total{join="event"}': "0+100x400",
  'gdelt_join_good_total{join="event"}': good,
});

const burns = (slo: "Freshness" | "Join", of: (good: string) => Record<string, string>) => {
  const step = "15m";
  const case_ = (name: string, at: string, fires: string, quiet: string): AlertCase => ({
    ...{ alert: `${slo}Burn${name}`, step, at, fires: of(fires), quiet: of(quiet) },
  });
  return [
    case_("Fast", "10h", "0+100x36 3600x200", "0+100x400"),
    case_("Medium", "10h", "0+90x400", "0+97x400"),
    case_("Slow", "10h", "0+98x400", "0+99.5x400"),
  ];
};

const one = (
  alert: string,
  at: string,
  fires: Readonly<Record<string, string>>,
  quiet: Readonly<Record<string, string>>,
  step = "1m",
): AlertCase => ({ alert, step, at, fires, quiet });

/** A series that is `value` all the time. */
const still = (series: string, value: number) => ({ [series]: `${value}x400` });

const status = (of: string, value: number) =>
  still(`gdelt_consumer_status{node="events-source",status="${of}"}`, value);

/** Replicas that answer and run, by their letters. */
const replicas = (names: string) =>
  Object.assign(
    {},
    ...[...names].map((name) => ({
      ...still(`up{job="gdelt-streams",instance="${name}"}`, 1),
      ...still(`gdelt_threads{instance="${name}",state="RUNNING"}`, 1),
    })),
  ) as Record<string, string>;

const SLICES = 'gdelt_source_last_file_timestamp_seconds{stream="events"}';
const audits = (result: string) => `gdelt_slice_audits_total{node="lake",result="${result}"}`;
const commits = (failed: string, ok: string) => ({
  'gdelt_sink_commits_total{sink="lake",result="failed"}': failed,
  'gdelt_sink_commits_total{sink="lake",result="ok"}': ok,
});
const LEFT = 'gdelt_consumer_retention_left_records{node="n",topic="t",partition="0"}';
const LAG = 'gdelt_consumer_lag_records{node="n",topic="t",partition="0"}';

/** For each alert what makes it fire, and what is close to it and does not. */
export const ALERT_CASES: readonly AlertCase[] = [
  ...burns("Freshness", freshness),
  ...burns("Join", join),
  one("SourceStalled", "60m", still(SLICES, 0), { [SLICES]: "0+60x400" }),
  one(
    "SliceMissing",
    "60m",
    { 'gdelt_source_files_total{stream="gkg",outcome="never_published"}': "0x40 1x400" },
    { 'gdelt_source_files_total{stream="gkg",outcome="empty"}': "0x40 1x400" },
  ),
  one(
    "SourceFileBad",
    "60m",
    { 'gdelt_source_files_total{stream="gkg",outcome="md5_mismatch"}': "0x40 1x400" },
    { 'gdelt_source_files_total{stream="gkg",outcome="ok"}': "0+1x400" },
  ),
  one("ConsumerStalled", "30m", status("STALL", 1), status("WARN", 1)),
  one("LagGrows", "60m", status("WARN", 2), status("OK", 2)),
  one(
    "WatermarkStalled",
    "60m",
    {
      'gdelt_watermark_timestamp_seconds{node="fast"}': "5000x400",
      'gdelt_watermark_timestamp_seconds{node="slow"}': "4000x400",
    },
    {
      'gdelt_watermark_timestamp_seconds{node="fast"}': "5000x400",
      'gdelt_watermark_timestamp_seconds{node="slow"}': "4100x400",
    },
  ),
  one(
    "RetentionAtRisk",
    "120m",
    { [LEFT]: "12000-60x400", [LAG]: "0+60x400" },
    { [LEFT]: "90000-60x400", [LAG]: "0+10x400" },
  ),
  one(
    "ReplicaDown",
    "30m",
    {
      ...still('up{job="gdelt-streams",instance="a"}', 1),
      ...still('up{job="gdelt-streams",instance="b"}', 0),
    },
    {
      ...still('up{job="gdelt-streams",instance="a"}', 1),
      // Seen in one scrape only.
      'up{job="gdelt-streams",instance="b"}': "1x29 0x0 1x400",
    },
  ),
  one(
    "ReplicaDown",
    "30m",
    { ...replicas("ab"), ...still("gdelt_instances_expected", 3) },
    { ...replicas("abc"), ...still("gdelt_instances_expected", 3) },
  ),
  one(
    "InstanceMissing",
    "30m",
    { ...replicas("ab"), ...still("gdelt_instances_expected", 3) },
    { ...replicas("abc"), ...still("gdelt_instances_expected", 3) },
  ),
  one(
    "InstanceMissing",
    "30m",
    {
      ...still('up{job="gdelt-streams",instance="a"}', 1),
      ...still('up{job="gdelt-streams",instance="b"}', 0),
      ...RUNS,
    },
    { ...still('up{job="gdelt-streams",instance="a"}', 1), ...RUNS },
  ),
  one(
    "NothingRuns",
    "30m",
    { ...RUNS, ...still('gdelt_threads{state="RUNNING"}', 0) },
    still('gdelt_threads{state="RUNNING"}', 2),
  ),
  one("TargetDown", "30m", still('up{job="kafka"}', 0), still('up{job="kafka"}', 1)),
  one(
    "RebalanceStorm",
    "60m",
    { 'gdelt_rebalances_total{kind="rebalancing"}': "0+1x400" },
    { 'gdelt_rebalances_total{kind="rebalancing"}': "0x50 3x400" },
  ),
  one(
    "ThreadSilent",
    "30m",
    still('gdelt_thread_last_report_timestamp_seconds{instance="a",thread="main"}', 0),
    { 'gdelt_thread_last_report_timestamp_seconds{instance="a",thread="main"}': "0+60x400" },
  ),
  one(
    "EventLoopHeld",
    "60m",
    still('nodejs_eventloop_lag_p99_seconds{instance="a",thread="main"}', 2),
    still('nodejs_eventloop_lag_p99_seconds{instance="a",thread="main"}', 0.5),
  ),
  one("KafkaDown", "30m", still("kafka_brokers", 0), still("kafka_brokers", 1)),
  one(
    "CheckpointTooOld",
    "90m",
    still('gdelt_checkpoint_last_success_timestamp_seconds{task="0_0"}', 0),
    { 'gdelt_checkpoint_last_success_timestamp_seconds{task="0_0"}': "0+60x400" },
  ),
  one("RestoreStuck", "30m", still("gdelt_restore_remaining_bytes", 5000), {
    gdelt_restore_remaining_bytes: "5000x10 0x400",
  }),
  one(
    "TaskFailing",
    "60m",
    { 'gdelt_failures_total{node="n",kind="retried"}': "0+1x400" },
    { 'gdelt_failures_total{node="n",kind="migrated"}': "0+1x400" },
  ),
  one(
    "Fenced",
    "60m",
    { 'gdelt_transactions_total{result="fenced"}': "0x50 1x400" },
    { 'gdelt_transactions_total{result="committed"}': "0+9x400" },
  ),
  one(
    "MartDown",
    "30m",
    still('gdelt_mart_up{instance="a"}', 0),
    still('gdelt_mart_up{instance="a"}', 1),
  ),
  one(
    "GetsNowhere",
    "30m",
    still('gdelt_tasks_failing{node="lake"}', 2),
    still('gdelt_tasks_failing{node="lake"}', 0),
  ),
  one("GoldStale", "90m", still("gdelt_gold_last_success_timestamp_seconds", 0), {
    gdelt_gold_last_success_timestamp_seconds: "0+60x400",
  }),
  one("SinkFailing", "60m", commits("0+1x400", "5x400"), commits("0+1x400", "0+1x400")),
  one("SliceDiffers", "60m", { [audits("differs")]: "0x50 1x400" }, { [audits("ok")]: "0+1x400" }),
  one(
    "DlqSurge",
    "60m",
    {
      'gdelt_dlq_records_total{stream="gkg",reason="field_count"}': "0+2x400",
      'gdelt_records_consumed_total{node="gkg-source"}': "0+100x400",
    },
    {
      'gdelt_dlq_records_total{stream="gkg",reason="field_count"}': "0+1x400",
      'gdelt_records_consumed_total{node="gkg-source"}': "0+200x400",
    },
  ),
  one(
    "CompactionBehind",
    "390m",
    still('gdelt_sink_small_files{sink="lake"}', 1500),
    still('gdelt_sink_small_files{sink="lake"}', 900),
  ),
];
