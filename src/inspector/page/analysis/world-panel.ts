import { type ComponentChild, h } from "preact";
import { panelTitle, table } from "../elements.ts";
import { colourScale } from "./colour-scale.ts";
import type { CountryNews } from "./contract.ts";
import { signedText, wholeText } from "./number-words.ts";
import { nameOf, type Shown } from "./page-state.ts";
import { MEASURES } from "./view.ts";
import { CENTRES, HEIGHT, SHAPES, WIDTH } from "./world-map.ts";

const ROWS_MAX = 15;
/** Of countries that are too small for a shape. */
const DOT_RADIUS = 6;

const SHAPED = new Set(SHAPES.map(([code]) => code));

/** Where it takes place: how much, in which tone, of which kind. */
export function worldPanel(shown: Shown): ComponentChild {
  const { analysis, words, view, choose } = shown;
  return h(
    "div",
    null,
    panelTitle(
      "world",
      view.theme === null ? words.world : `${words.world}: ${view.theme}`,
      h(
        "div",
        { class: "themes", role: "group", "aria-label": words.world },
        MEASURES.map((measure) =>
          h(
            "button",
            {
              ...{ type: "button", "aria-pressed": view.measure === measure },
              onClick: () => choose({ measure }),
            },
            words.measures[measure],
          ),
        ),
      ),
    ),
    h(
      "div",
      { class: "map-and-table" },
      h("div", null, worldMap(shown)),
      analysis.countries.length === 0
        ? h("p", { class: "empty" }, words.nothing)
        : table({
            caption: words.country,
            columns: [words.country, ...MEASURES.map((measure) => `#${words.measures[measure]}`)],
            rows: listed(shown).map((country) => countryRow(country, shown)),
          }),
    ),
  );
}

/** Those with most events, and the one that is chosen. */
function listed({ analysis: { countries }, view }: Shown): readonly CountryNews[] {
  const first = countries.slice(0, ROWS_MAX);
  const chosen = countries.slice(ROWS_MAX).find(({ code }) => code === view.country);
  return chosen === undefined ? first : [...first.slice(1), chosen];
}

const countryRow = (country: CountryNews, { view, words, choose, queries }: Shown) => {
  const isChosen = view.country === country.code;
  return [
    queries === null || isChosen || queries.has(`country=${country.code}`)
      ? h(
          "button",
          {
            ...{ type: "button", class: "plain", "aria-pressed": isChosen },
            onClick: () => choose({ country: isChosen ? null : country.code }),
          },
          nameOf(country, view),
        )
      : nameOf(country, view),
    wholeText(country.events, view.language),
    signedText(country.tone, words.unknown),
    signedText(country.goldstein, words.unknown),
  ];
};

function worldMap({ analysis: { countries }, view, words, choose }: Shown): ComponentChild {
  const scale = colourScale(view.measure, countries, view.language);
  const byCode = new Map(countries.map((country) => [country.code, country]));
  const part = (code: string) => {
    const country = byCode.get(code);
    const bin = country === undefined ? null : scale.classOf(country);
    const chosen = code === view.country ? " chosen" : "";
    return {
      class: `country ${bin ?? "bin-none"}${chosen}`,
      title: country === undefined ? null : h("title", null, titleOf(country)),
      onClick: country && (() => choose({ country: chosen === "" ? code : null })),
    };
  };
  const titleOf = (country: CountryNews) =>
    `${nameOf(country, view)}: ${wholeText(country.events, view.language)}, ` +
    `${words.measures.tone} ${signedText(country.tone, words.unknown)}, ` +
    `${words.measures.goldstein} ${signedText(country.goldstein, words.unknown)}`;
  const small = countries.filter(({ code }) => !SHAPED.has(code) && CENTRES.has(code));
  return h(
    "figure",
    { class: "world" },
    h(
      "svg",
      {
        ...{ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" },
        "aria-label": words.mapOf(words.measures[view.measure], countries.length),
      },
      SHAPES.map(([code, path]) => {
        const { title, ...rest } = part(code);
        return h("path", { d: path, ...rest }, title);
      }),
      small.map(({ code }) => {
        const [cx, cy] = CENTRES.get(code)!;
        const { title, ...rest } = part(code);
        return h("circle", { cx, cy, r: DOT_RADIUS, ...rest }, title);
      }),
    ),
    h(
      "figcaption",
      { class: "legend" },
      h("span", null, h("span", { class: "swatch bin-none", "aria-hidden": "true" }), words.few),
      scale.legend.map(({ className, label }) =>
        h("span", null, h("span", { class: `swatch ${className}`, "aria-hidden": "true" }), label),
      ),
    ),
  );
}
