import { type Board, series } from "../board.ts";

/** Kafka, MinIO and Postgres, as their own exporters tell. */
export const platformBoard: Board = {
  uid: "gdelt-platform",
  title: "GDELT: Kafka, MinIO, Postgres",
  description:
    "What the exporters of the servers tell: kafka_exporter, MinIO itself, postgres_exporter. Without them it is empty.",
  source: "prometheus",
  from: "now-6h",
  rows: [
    {
      title: "Kafka",
      panels: [
        series("stat", ["Brokers", "That answer."], "none", { brokers: "max(kafka_brokers)" }),
        series(
          "stat",
          ["Partitions without all replicas", "0 while every broker follows."],
          "none",
          {
            partitions: "sum(kafka_topic_partition_under_replicated_partition)",
          },
        ),
        series("timeseries", ["Into topics", "Offsets per second."], "cps", {
          "{{topic}}":
            'sum by (topic) (rate(kafka_topic_partition_current_offset{topic=~"gdelt.*"}[$__rate_interval]))',
        }),
      ],
    },
    {
      title: "MinIO",
      panels: [
        series("timeseries", ["Requests", "Per second, by kind."], "reqps", {
          "{{api}}": "sum by (api) (rate(minio_s3_requests_total[$__rate_interval]))",
        }),
        series("timeseries", ["Errors", "Requests per second that failed."], "reqps", {
          "{{api}}": "sum by (api) (rate(minio_s3_requests_errors_total[$__rate_interval]))",
        }),
        series("timeseries", ["Room", "Free, and used."], "bytes", {
          free: "sum(minio_cluster_capacity_usable_free_bytes)",
          used: "sum(minio_cluster_capacity_usable_total_bytes) - sum(minio_cluster_capacity_usable_free_bytes)",
        }),
      ],
    },
    {
      title: "Postgres",
      panels: [
        series("stat", ["Server", "1: it answers its exporter."], "none", { up: "max(pg_up)" }),
        series("timeseries", ["Connections", "By database."], "none", {
          "{{datname}}": "sum by (datname) (pg_stat_database_numbackends)",
        }),
        series("timeseries", ["Transactions", "Per second."], "cps", {
          committed: "sum(rate(pg_stat_database_xact_commit[$__rate_interval]))",
          "rolled back": "sum(rate(pg_stat_database_xact_rollback[$__rate_interval]))",
        }),
        series("timeseries", ["Size", "Bytes of each database."], "bytes", {
          "{{datname}}": "max by (datname) (pg_database_size_bytes)",
        }),
      ],
    },
  ],
};
