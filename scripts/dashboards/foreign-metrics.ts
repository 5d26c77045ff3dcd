/**
 * Metrics of boards and rules that are not ours, by who has them. They are checked by name only: what the
 * exporters of servers tell is not there in tests.
 */
export const FOREIGN_METRICS = {
  prometheus: ["up", "ALERTS"],
  kafka_exporter: [
    "kafka_brokers",
    "kafka_topic_partition_under_replicated_partition",
    "kafka_topic_partition_current_offset",
  ],
  minio: [
    "minio_s3_requests_total",
    "minio_s3_requests_errors_total",
    "minio_cluster_capacity_usable_free_bytes",
    "minio_cluster_capacity_usable_total_bytes",
  ],
  postgres_exporter: [
    "pg_up",
    "pg_stat_database_numbackends",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
    "pg_database_size_bytes",
  ],
} as const;
