import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type GridPos,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Board, PanelSpec } from "./board.ts";
import { panelOf } from "./panel.ts";

/** The plugin of a board's data source, and the variable that chooses one of them. */
const SOURCES = {
  prometheus: { type: "prometheus", variable: "datasource", label: "Prometheus" },
  mart: { type: "grafana-postgresql-datasource", variable: "mart", label: "Mart" },
} as const;

const COLUMNS = 24;

/** Beside one another from `top` on, as many as fit. */
function laidOut(panels: readonly PanelSpec[], top: number) {
  const places: GridPos[] = [];
  let [x, y, lineHeight] = [0, top, 0];
  for (const { width: w, height: h } of panels) {
    if (x + w > COLUMNS) [x, y, lineHeight] = [0, y + lineHeight, 0];
    places.push({ x, y, w, h });
    x += w;
    lineHeight = Math.max(lineHeight, h);
  }
  return { places, bottom: y + lineHeight };
}

/** A board as Grafana reads it: the classic JSON, which all versions take, by file too. */
export function boardFile({ uid, title, description, source, from, rows }: Board): string {
  const { type, variable, label } = SOURCES[source];
  const board = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["gdelt-streams"])
    .timezone("utc")
    .time({ from, to: "now" })
    .refresh(source === "mart" ? "5m" : "30s")
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder("GDELT")
        .type(DashboardLinkType.Dashboards)
        .tags(["gdelt-streams"])
        .asDropdown(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder(variable).label(label).type(type));
  let id = 0;
  let top = 0;
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title).id(++id).gridPos({ x: 0, y: top, w: COLUMNS, h: 1 }));
    const { places, bottom } = laidOut(row.panels, top + 1);
    for (const [at, panel] of row.panels.entries()) {
      const built = panelOf(panel, { type, uid: `\${${variable}}` });
      board.withPanel(built.id(++id).gridPos(places[at]!));
    }
    top = bottom;
  }
  return `${JSON.stringify(board.build(), null, 2)}\n`;
}
