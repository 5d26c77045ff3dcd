import { type ComponentChild, h } from "preact";
import { panelTitle, table } from "../elements.ts";
import type { ThemeNews } from "./contract.ts";
import { signedText, wholeText } from "./number-words.ts";
import { countryName, type Shown } from "./page-state.ts";
import { themeButton } from "./theme-button.ts";

/** What more is told of than the days before let expect; of a country, what is told of most. */
export function themePanel(shown: Shown): ComponentChild {
  const { analysis, words, view } = shown;
  const isRising = analysis.filter.country === null;
  const title = isRising
    ? words.rising
    : words.frequent(countryName(shown, analysis.filter.country!));
  const whole = (value: number) => wholeText(value, view.language);
  const rising = ({ theme, events, expected, rise, isNew }: ThemeNews) => [
    themeButton(theme, shown),
    whole(events),
    expected === null ? "–" : whole(expected),
    isNew ? words.isNew : signedText(rise, "–"),
  ];
  return h(
    "div",
    null,
    panelTitle("themes", title),
    analysis.themes.length === 0
      ? h("p", { class: "empty" }, words.nothing)
      : table({
          caption: isRising
            ? (analysis.filter.to ?? "")
            : words.shown(analysis.filter.from!, analysis.filter.to!),
          columns: [
            words.theme,
            `#${words.measures.events}`,
            ...(isRising ? [`#${words.expected}`, `#${words.rise}`] : []),
          ],
          rows: analysis.themes.map((theme) =>
            isRising ? rising(theme) : rising(theme).slice(0, 2),
          ),
        }),
  );
}
