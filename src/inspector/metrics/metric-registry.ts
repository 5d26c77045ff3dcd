import {
  AggregatorRegistry,
  Counter,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  type OpenMetricsContentType,
  Registry,
} from "prom-client";
import { type LabelsOf, METRIC_NAMES, METRICS, type MetricName, type NameOf } from "./catalogue.ts";
import type { MetricSpec, Where } from "./metric-spec.ts";

/** A metric with its values, as data: it goes from one thread to another. */
export type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>;

type AnyMetric = Counter | Gauge | Histogram;

/** The metrics of a thread. What has labels has no value until one is set, or begun at 0. */
export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #metrics = new Map<MetricName, AnyMetric>();

  /** @param where the process it is of: it has what every process has, and that. */
  constructor(where: Where = "every") {
    for (const name of METRIC_NAMES) {
      const spec: MetricSpec = METRICS[name];
      if (spec.where !== "every" && spec.where !== where) continue;
      this.#metrics.set(name, metricOf(name, spec, this.#registry));
    }
  }

  inc<N extends NameOf<"counter">>(name: N, labels: LabelsOf<N>, by = 1): void {
    (this.#metrics.get(name) as Counter).inc(labels, by);
  }

  set<N extends NameOf<"gauge">>(name: N, labels: LabelsOf<N>, value: number): void {
    (this.#metrics.get(name) as Gauge).set(labels, value);
  }

  /** Forgets the values of gauges that are to be set anew. */
  reset(...names: readonly NameOf<"gauge">[]): void {
    for (const name of names) this.#metrics.get(name)!.reset();
  }

  observe<N extends NameOf<"histogram">>(
    name: N,
    labels: LabelsOf<N>,
    value: number,
    times = 1,
  ): void {
    const series = (this.#metrics.get(name) as Histogram).labels(labels);
    for (let i = 0; i < times; i++) series.observe(value);
  }

  /** A rate misses the first value of a series: so it is there before anything has happened. */
  begin<N extends NameOf<"counter" | "histogram">>(name: N, labels: LabelsOf<N>): void {
    const metric = this.#metrics.get(name);
    if (metric instanceof Histogram) metric.zero(labels);
    else (metric as Counter).inc(labels, 0);
  }

  async snapshot(): Promise<readonly MetricSnapshot[]> {
    return await this.#registry.getMetricsAsJSON();
  }
}

function metricOf(name: string, spec: MetricSpec, registry: Registry): AnyMetric {
  const { help, type, across: aggregator, buckets } = spec;
  const options = { name, help, labelNames: [...spec.labels], registers: [registry], aggregator };
  if (type === "counter") return new Counter(options);
  if (type === "gauge") return emptyGauge(options);
  return new Histogram({ ...options, buckets: [...buckets!] });
}

/** One without labels the library begins at 0, which would be said of what nobody has measured. */
function emptyGauge(options: GaugeConfiguration<string>): Gauge {
  const gauge = new Gauge(options);
  if (options.labelNames?.length === 0) gauge.remove();
  return gauge;
}

export type ExpositionFormat = "text" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** What Prometheus reads, of the metrics of all threads of a process. */
export async function exposition(
  threads: readonly (readonly MetricSnapshot[])[],
  format: ExpositionFormat,
): Promise<string> {
  const all = threads.map((metrics) => metrics.filter(({ values }) => values.length > 0));
  if (format === "text") return await AggregatorRegistry.aggregate(all).metrics();
  // In OpenMetrics a counter's name is without the ending that its samples have.
  const named = all.map((metrics) =>
    metrics.map((metric) => ({ ...metric, name: metric.name.replace(/_total$/, "") })),
  );
  const registry = AggregatorRegistry.aggregate<OpenMetricsContentType>(named);
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return await registry.metrics();
}
