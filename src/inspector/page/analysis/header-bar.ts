import { type ComponentChild, h } from "preact";
import { themeSwitch } from "../theme-switch.ts";
import { wholeText } from "./number-words.ts";
import type { Actions, PageState } from "./page-state.ts";
import { LANGUAGES } from "./view.ts";

const LANGUAGE_NAMES = { en: "English", ko: "한국어" } as const;

/** What it is, of when, and in which language and colours. */
export function headerBar(state: PageState, actions: Actions, changed: () => void): ComponentChild {
  const { words, analysis, view, queries } = state;
  return h(
    "div",
    { class: "bar" },
    h("h1", null, words.title),
    queries === null
      ? h("a", { href: "/" }, words.inspector)
      : h("span", { class: "badge" }, words.exported),
    analysis === null
      ? null
      : h(
          "span",
          { class: "facts" },
          words.run(
            analysis.run.id,
            analysis.run.finishedAt.slice(0, 16).replace("T", " "),
            wholeText(analysis.run.slicesClosed, view.language),
          ),
        ),
    h(
      "div",
      { class: "choices" },
      h(
        "div",
        { class: "themes", role: "group", "aria-label": words.language },
        LANGUAGES.map((language) =>
          h(
            "button",
            {
              type: "button",
              lang: language,
              "aria-pressed": view.language === language,
              onClick: () => actions.choose({ language }),
            },
            LANGUAGE_NAMES[language],
          ),
        ),
      ),
      themeSwitch(words.colours, words.themes, changed),
    ),
  );
}
