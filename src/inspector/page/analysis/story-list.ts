import { type ComponentChild, h } from "preact";
import { away, panelTitle, webAddress } from "../elements.ts";
import type { Story } from "./contract.ts";
import { signedText, wholeText } from "./number-words.ts";
import { countryName, type Shown } from "./page-state.ts";
import { themeButton } from "./theme-button.ts";

/** Of which one sees most at a glance. */
const SHOWN_MAX = 9;

/** What most was reported of, in a sentence each, with where to read it. */
export function storyList(shown: Shown): ComponentChild {
  const { analysis, words } = shown;
  const items = analysis.stories.map((story) => item(story, shown));
  const more = items.slice(SHOWN_MAX);
  return h(
    "div",
    null,
    panelTitle("stories", words.stories),
    items.length === 0
      ? h("p", { class: "empty" }, words.nothing)
      : h("ol", { class: "stories" }, items.slice(0, SHOWN_MAX)),
    more.length === 0
      ? null
      : h(
          "details",
          null,
          h("summary", null, words.more(more.length)),
          h("ol", { class: "stories" }, more),
        ),
  );
}

function item(story: Story, shown: Shown): ComponentChild {
  const { words, view } = shown;
  const address = webAddress(story.url);
  const whole = (value: number) => wholeText(value, view.language);
  return h(
    "li",
    { key: story.id },
    h("p", { class: "told-sentence", dir: "auto", lang: "en" }, story.sentence),
    h(
      "p",
      { class: "quiet" },
      h("span", null, `${story.day} · ${countryName(shown, story.country)}`),
      h("span", null, words.mentions(whole(story.mentions), whole(story.sources))),
      h("span", null, `${words.measures.tone} ${signedText(story.tone, words.unknown)}`),
      h("span", null, `${words.measures.goldstein} ${signedText(story.goldstein, words.unknown)}`),
      address === null ? null : away(address, story.source ?? new URL(address).hostname),
    ),
    story.themes.length === 0
      ? null
      : h(
          "p",
          { class: "chips" },
          story.themes.map((theme) => themeButton(theme, shown)),
        ),
  );
}
