import { PanelBuilder as Bars } from "@grafana/grafana-foundation-sdk/barchart";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  MapLayerOptionsBuilder,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
} from "@grafana/grafana-foundation-sdk/common";
import {
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as GeoMap } from "@grafana/grafana-foundation-sdk/geomap";
import { PanelBuilder as Heatmap } from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as NodeGraph } from "@grafana/grafana-foundation-sdk/nodegraph";
import { PanelBuilder as Pie } from "@grafana/grafana-foundation-sdk/piechart";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import type { PanelKind, PanelSpec, Query } from "./board.ts";
import { promQuery, sqlQuery } from "./queries.ts";

const last = () => new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
/** Every row is a value of its own. */
const rows = () => new ReduceDataOptionsBuilder().calcs([]).values(true).limit(50);

/** What each kind is in Grafana. */
const KINDS = {
  stat: () =>
    new Stat()
      .graphMode(BigValueGraphMode.None)
      .colorMode(BigValueColorMode.Background)
      .reduceOptions(last()),
  timeseries: () => new TimeSeries().fillOpacity(10).spanNulls(true),
  stacked: () =>
    new TimeSeries()
      .fillOpacity(40)
      .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A")),
  heatmap: () => new Heatmap().calculate(false),
  table: () => new Table().filterable(true),
  bars: () => new Bars().xTickLabelRotation(-30),
  pie: () => new Pie().reduceOptions(rows()),
  map: () => new GeoMap().layers([markers()]),
  network: () => new NodeGraph(),
} as const;

/** Larger where more has happened, coloured by the tone. */
const markers = () =>
  new MapLayerOptionsBuilder()
    .type("markers")
    .name("events")
    .tooltip(true)
    .config({
      showLegend: true,
      style: {
        size: { field: "events", min: 3, max: 20, fixed: 5 },
        color: { field: "tone", fixed: "blue" },
        opacity: 0.6,
        symbol: { mode: "fixed", fixed: "img/icons/marker/circle.svg" },
      },
    });

/** A panel of a board whose queries go to `source`. */
export function panelOf(spec: PanelSpec, source: DataSourceRef): Stat {
  const { kind, title, description, unit } = spec;
  // They have all in common that is used of them here.
  const panel = KINDS[kind]() as Stat;
  panel.title(title).description(description).unit(unit).datasource(source);
  for (const [at, query] of spec.queries.entries()) {
    panel.withTarget(targetOf(query, "ABCDEFGH"[at]!, kind, source));
  }
  if (spec.steps.length > 0) {
    const steps = spec.steps.map(({ from, color }) => ({ value: from, color }));
    panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
  }
  if (Object.keys(spec.texts).length > 0) {
    panel.mappings([{ type: MappingType.ValueToText, options: { ...spec.texts } }]);
  }
  if (spec.link !== null) addLink(panel, spec.link);
  return panel;
}

function addLink(panel: Stat, { column, shownBy }: NonNullable<PanelSpec["link"]>): void {
  const url = `\${__data.fields["${column}"]}`;
  panel.overrideByName(shownBy, [
    { id: "links", value: [{ title: "Open the article", url, targetBlank: true }] },
  ]);
  panel.overrideByName(column, [{ id: "custom.hidden", value: true }]);
}

function targetOf(
  query: Query,
  refId: string,
  kind: PanelKind,
  source: DataSourceRef,
): Builder<Dataquery> {
  if ("sql" in query) return sqlQuery(query.sql, refId, source);
  return promQuery(query, refId, kind, source);
}
