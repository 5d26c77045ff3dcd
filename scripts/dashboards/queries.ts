import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import type { DataSourceRef } from "@grafana/grafana-foundation-sdk/common";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import type { PanelKind, PromQuery } from "./board.ts";

/** A question to Prometheus: one moment where one value is shown, a range elsewhere. */
export function promQuery(
  { expr, legend }: PromQuery,
  refId: string,
  kind: PanelKind,
  source: DataSourceRef,
): Builder<Dataquery> {
  const query = new DataqueryBuilder()
    .datasource(source)
    .refId(refId)
    .expr(expr)
    .legendFormat(legend);
  if (kind === "heatmap") query.format(PromQueryFormat.Heatmap);
  if (kind === "table") query.format(PromQueryFormat.Table);
  return kind === "stat" || kind === "table" || kind === "pie" ? query.instant() : query.range();
}

/** A question to the mart. The SDK knows no queries of Postgres: this is what Grafana's editor saves. */
export function sqlQuery(
  rawSql: string,
  refId: string,
  datasource: DataSourceRef,
): Builder<Dataquery> {
  const isSeries = /^select\s.*\bas time\b/is.test(rawSql);
  const query = {
    ...{ datasource, refId, rawSql, rawQuery: true, editorMode: "code" },
    format: isSeries ? "time_series" : "table",
  };
  // Only there for the compiler: as a function it is in no JSON.
  return { build: () => ({ ...query, _implementsDataqueryVariant: () => {} }) };
}
