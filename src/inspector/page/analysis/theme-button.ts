import { type ComponentChild, h } from "preact";
import { filterQuery } from "./analysis-filter.ts";
import type { Shown } from "./page-state.ts";

/** A theme that can be chosen, or given up; its name alone where it was not exported. */
export function themeButton(theme: string, { view, choose, queries }: Shown): ComponentChild {
  const isChosen = view.theme === theme;
  const change = isChosen ? null : theme;
  if (queries !== null && !queries.has(filterQuery({ ...view, theme: change }))) {
    return h("span", { class: "chip" }, theme);
  }
  return h(
    "button",
    {
      ...{ type: "button", class: "chip", "aria-pressed": isChosen },
      onClick: () => choose({ theme: change }),
    },
    theme,
  );
}
