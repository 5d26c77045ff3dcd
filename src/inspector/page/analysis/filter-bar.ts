import { type ComponentChild, h } from "preact";
import { type AnalysisFilter, filterQuery } from "./analysis-filter.ts";
import { type Actions, nameOf, type PageState } from "./page-state.ts";

const SPANS = [1, 7, 30, 90] as const;

/** Of which days, where, and about what. */
export function filterBar(state: PageState, { choose }: Actions): ComponentChild {
  const { words, analysis, view } = state;
  const { from = null, to = null } = analysis?.filter ?? {};
  return h(
    "form",
    {
      class: "filters",
      "aria-label": words.filters,
      onSubmit: (event: SubmitEvent) => event.preventDefault(),
    },
    h(
      "div",
      { class: "themes", role: "group", "aria-label": words.newsDays },
      SPANS.map((days) =>
        h(
          "button",
          {
            ...{ type: "button", "aria-pressed": view.days === days },
            disabled: !isAnswered(state, { days }),
            onClick: () => choose({ days }),
          },
          words.days(days),
        ),
      ),
    ),
    state.queries === null ? lastDay(state, choose) : null,
    countrySelect(state, choose),
    themeInput(state, choose),
    view.country === null && view.theme === null && view.to === null
      ? null
      : h(
          "button",
          { type: "button", onClick: () => choose({ country: null, theme: null, to: null }) },
          words.clear,
        ),
    h(
      "span",
      { class: "quiet", role: "status" },
      state.isAsking ? words.loading : from && to ? words.shown(from, to) : "",
    ),
  );
}

/** Whether a page that was exported has an answer to that. */
function isAnswered({ queries, view }: PageState, change: Partial<AnalysisFilter>): boolean {
  return queries === null || queries.has(filterQuery({ ...view, ...change }));
}

const lastDay = ({ words, analysis, view }: PageState, choose: Actions["choose"]): ComponentChild =>
  h(
    "label",
    null,
    h("span", { class: "quiet" }, words.until),
    h("input", {
      ...{ type: "date", name: "to", value: view.to ?? analysis?.known?.last ?? "" },
      ...{ min: analysis?.known?.first, max: analysis?.known?.last },
      onChange: ({ currentTarget: { value } }: { currentTarget: HTMLInputElement }) =>
        choose({ to: value === "" || value === analysis?.known?.last ? null : value }),
    }),
  );

function countrySelect(state: PageState, choose: Actions["choose"]): ComponentChild {
  const { words, analysis, view } = state;
  const listed = (analysis?.countries ?? [])
    .filter(({ code }) => isAnswered(state, { country: code }))
    .map((country) => ({ code: country.code, name: nameOf(country, view) }))
    .sort((a, b) => a.name.localeCompare(b.name, view.language));
  const isListed = listed.some(({ code }) => code === view.country);
  return h(
    "label",
    null,
    h("span", { class: "quiet" }, words.country),
    h(
      "select",
      {
        ...{ name: "country", value: view.country ?? "" },
        onChange: ({ currentTarget: { value } }: { currentTarget: HTMLSelectElement }) =>
          choose({ country: value || null }),
      },
      h("option", { value: "" }, words.allCountries),
      view.country === null || isListed ? null : h("option", { value: view.country }, view.country),
      listed.map(({ code, name }) => h("option", { key: code, value: code }, name)),
    ),
  );
}

/** Any theme may be asked for; those that are at hand are offered. */
function themeInput(state: PageState, choose: Actions["choose"]): ComponentChild {
  const { words, analysis, view } = state;
  const near = new Set([
    ...(analysis?.themes ?? []).map(({ theme }) => theme),
    ...(analysis?.stories ?? []).flatMap(({ themes }) => themes),
  ]);
  const offered = [...near].filter((theme) => isAnswered(state, { theme })).sort();
  return h(
    "label",
    null,
    h("span", { class: "quiet" }, words.theme),
    h("input", {
      ...{ type: "text", name: "theme", list: "known-themes", value: view.theme ?? "" },
      ...{ placeholder: words.allThemes, autocomplete: "off", maxLength: 100 },
      onChange: ({ currentTarget: { value } }: { currentTarget: HTMLInputElement }) =>
        choose({
          theme:
            value
              .trim()
              .toUpperCase()
              .replaceAll(/[^A-Z0-9_]/g, "_") || null,
        }),
    }),
    h(
      "datalist",
      { id: "known-themes" },
      offered.map((theme) => h("option", { key: theme, value: theme })),
    ),
  );
}
