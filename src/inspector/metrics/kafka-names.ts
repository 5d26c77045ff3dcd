import type { MetricName } from "./catalogue.ts";
import type { MetricSnapshot } from "./metric-registry.ts";

interface Alias {
  readonly ours: MetricName;
  readonly theirs: string;
  /** Their labels, and ours that they are. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A reader is what has a position of its own: here that is a source or a table, not a group. */
const PARTITION = { group: "node", topic: "topic", partition: "partition" } as const;

/**
 * Names under which public boards know what ours say: those of Kafka's lag exporters, and of Kafka Streams
 * as Strimzi exports them. Only where both mean the same: what Kafka Streams tells as an average or a
 * maximum over its last seconds is a histogram here, and has no such name.
 */
export const KAFKA_NAMES: readonly Alias[] = [
  {
    ours: "gdelt_consumer_lag_records",
    theirs: "kafka_consumergroup_group_lag",
    labels: PARTITION,
  },
  {
    ours: "gdelt_consumer_lag_seconds",
    theirs: "kafka_consumergroup_group_lag_seconds",
    labels: PARTITION,
  },
  {
    ours: "gdelt_records_dropped_total",
    theirs: "kafka_streams_stream_task_metrics_dropped_records_total",
    labels: { stream: "stream", reason: "reason" },
  },
];

/** The metrics of a thread under the other names. */
export function withKafkaNames(metrics: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
  return KAFKA_NAMES.flatMap(({ ours, theirs, labels }) => {
    const metric = metrics.find(({ name }) => name === ours);
    if (metric === undefined) return [];
    const values = metric.values.map(({ value, labels: of }) => ({
      value,
      labels: Object.fromEntries(
        Object.entries(labels).map(([their, our]) => [their, of[our] ?? ""]),
      ),
    }));
    return [{ ...metric, name: theirs, help: `${ours}, under another name.`, values }];
  });
}
