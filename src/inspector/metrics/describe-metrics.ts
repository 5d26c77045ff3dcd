import { CHAPTERS, METRICS } from "./catalogue.ts";
import type { MetricSpec } from "./metric-spec.ts";

const HEAD = `# Metrics

What \`/metrics\` of a process shows, in Prometheus' text format, or OpenMetrics for whoever accepts it.
This page is written by \`node scripts/metrics.ts\`; [operations](operations.md) says where \`/metrics\` is.

- Names have their unit at the end; counters end in \`_total\`, and instants in \`_timestamp_seconds\`: an
  age is \`time() - x\`, which grows too when the process hangs.
- Labels come from small sets: \`stream\` is events, mentions or gkg; \`node\` a source, a table, or the
  join that a task is, as \`gdelt-streams topology\` names them; \`sink\` a table; \`task\` sub-topology and
  partition; \`thread\` is main or StreamThread-1, -2, …
- A counter or histogram is there from the start, at 0, with each of its labels. A gauge of a partition,
  task or store is there while the process has it, so the sum over replicas is the application's.
- Counters count what is committed: work that is undone and done again counts once. They begin at 0 with
  the process. \`gdelt_join_rows\` does not: it is of the state, and moves with its tasks.
- Times are the rows' own: the stamp of their slice, which at GDELT is some minutes old when it comes.
  A replay of old slices has a lag of years until it has caught up.
- \`start\` has all of them; those of the feed are not in \`run\`, where \`feed\` is another process: it tells them
  at the address of \`feed --inspector\`.

`;

/** `docs/metrics.md`. */
export function metricsPage(): string {
  const chapters = CHAPTERS.map(({ title, names }) => {
    const rows = names.map((name) => {
      const spec: MetricSpec = METRICS[name as keyof typeof METRICS];
      const labels = spec.labels.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${spec.type} | ${labels} | ${spec.help}${bucketsOf(spec)} |`;
    });
    return [
      `## ${title}`,
      "",
      "| name | type | labels | what it is |",
      "|---|---|---|---|",
      ...rows,
      "",
    ];
  });
  return HEAD + chapters.flat().join("\n");
}

const bucketsOf = ({ buckets }: MetricSpec): string =>
  buckets === null ? "" : ` Buckets: ${buckets.join(", ")}.`;
