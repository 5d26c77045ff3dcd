import { type ComponentChild, h } from "preact";
import { panelTitle } from "../elements.ts";
import { wholeText } from "./number-words.ts";
import type { Shown } from "./page-state.ts";

const LOWEST = -10;
const STEPS = 20;

/** How tones are spread: a mean may hide that half are glad and half appalled. */
export function toneHistogram({ analysis: { tones }, words, view }: Shown): ComponentChild {
  const counts = Array.from(
    { length: STEPS },
    (_, i) => tones.find(({ from }) => from === LOWEST + i)?.events ?? 0,
  );
  const most = Math.max(...counts);
  const text = (i: number) => `${nameOf(LOWEST + i)}: ${wholeText(counts[i]!, view.language)}`;
  return h(
    "div",
    null,
    panelTitle("tones", words.tones),
    h(
      "p",
      { class: "quiet" },
      view.theme === null ? words.toneHint : `${words.toneHint} ${words.allThemesCounted}`,
    ),
    most === 0
      ? h("p", { class: "empty" }, words.nothing)
      : h(
          "div",
          {
            ...{ class: "histogram", role: "img" },
            "aria-label": `${words.tones}: ${counts.map((_, i) => text(i)).join("; ")}`,
          },
          counts.map((count, i) =>
            h(
              "div",
              { class: "step", title: text(i) },
              h("div", {
                class: LOWEST + i < 0 ? "column below" : "column above",
                style: { height: `${(100 * count) / most}%` },
              }),
              h("span", null, i % 5 === 0 ? signed(LOWEST + i) : ""),
            ),
          ),
        ),
  );
}

/** The first step has all below it too, the last all above. */
function nameOf(from: number): string {
  if (from === LOWEST) return `< ${signed(from + 1)}`;
  return from === LOWEST + STEPS - 1
    ? `≥ ${signed(from)}`
    : `${signed(from)} … ${signed(from + 1)}`;
}

const signed = (value: number): string => (value < 0 ? `−${-value}` : String(value));
