import { type ComponentChild, h } from "preact";
import { panelTitle, table } from "../elements.ts";
import type { Route } from "./contract.ts";
import { signedText, wholeText } from "./number-words.ts";
import { countryName, type Shown } from "./page-state.ts";
import { CENTRES, HEIGHT, SHAPES, WIDTH } from "./world-map.ts";

const ROWS_MAX = 15;
const WIDEST = 14;

/** Who acts toward whom across a border. */
export function networkPanel(shown: Shown): ComponentChild {
  const { analysis, words, view } = shown;
  const { routes } = analysis;
  const hint =
    view.theme === null ? words.networkHint : `${words.networkHint} ${words.allThemesCounted}`;
  return h(
    "div",
    null,
    panelTitle("network", words.network),
    h("p", { class: "quiet" }, hint),
    routes.length === 0
      ? h("p", { class: "empty" }, words.nothing)
      : h(
          "div",
          { class: "map-and-table" },
          networkMap(routes, words.network),
          table({
            caption: words.pairs,
            columns: ["→", `#${words.measures.events}`, `#${words.measures.tone}`],
            rows: routes
              .slice(0, ROWS_MAX)
              .map(({ from, to, events, tone }) => [
                `${countryName(shown, from)} → ${countryName(shown, to)}`,
                wholeText(events, view.language),
                signedText(tone, words.unknown),
              ]),
          }),
        ),
  );
}

const LAND = SHAPES.map(([, path]) => path).join("");

function networkMap(routes: readonly Route[], label: string): ComponentChild {
  const most = routes[0]!.events;
  const placed = routes.flatMap((route) => {
    const [from, to] = [CENTRES.get(route.from), CENTRES.get(route.to)];
    return from === undefined || to === undefined ? [] : [{ route, from, to }];
  });
  return h(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "network" },
    h("path", { d: LAND, class: "land" }),
    // The thickest last would hide the others.
    placed.map(({ route: { events, tone }, from, to }) =>
      h("path", {
        d: arc(from, to),
        class: tone !== null && tone < 0 ? "route negative" : "route positive",
        "stroke-width": Math.max(2, WIDEST * Math.sqrt(events / most)),
      }),
    ),
    placed
      .flatMap(({ from, to }) => [from, to])
      .map(([cx, cy]) => h("circle", { cx, cy, r: 5, class: "end" })),
  );
}

type Place = readonly [x: number, y: number];

/** Bent to its left, so that the way there and the way back are two. */
function arc([x1, y1]: Place, [x2, y2]: Place): string {
  const [dx, dy] = [x2 - x1, y2 - y1];
  return `M${x1} ${y1}Q${Math.round((x1 + x2) / 2 + dy / 5)} ${Math.round((y1 + y2) / 2 - dx / 5)} ${x2} ${y2}`;
}
