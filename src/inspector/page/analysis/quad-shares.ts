import { type ComponentChild, h } from "preact";
import { panelTitle } from "../elements.ts";
import { percentText, wholeText } from "./number-words.ts";
import type { Shown } from "./page-state.ts";

const QUADS = [0, 1, 2, 3] as const;
/** What is done is filled, what is said is not; conflict is a triangle. */
const MARKS = ["○", "●", "△", "▲"] as const;

/** How much is cooperation, how much conflict; said or done. */
export function quadShares({ analysis: { days }, words, view }: Shown): ComponentChild {
  const sums = QUADS.map((quad) => days.reduce((sum, { quads }) => sum + quads[quad], 0));
  const whole = sums.reduce((sum, count) => sum + count, 0);
  return h(
    "div",
    null,
    panelTitle("quads", words.quadsTitle),
    whole === 0
      ? h("p", { class: "empty" }, words.nothing)
      : [
          h(
            "div",
            { class: "stack", "aria-hidden": "true" },
            sums.map((count, i) =>
              h("div", { class: `part quad-part-${i + 1}`, style: { flexGrow: count } }),
            ),
          ),
          h(
            "ul",
            { class: "shares" },
            sums.map((count, i) =>
              h(
                "li",
                null,
                h(
                  "span",
                  null,
                  h("span", { class: `quad quad-${i + 1}`, "aria-hidden": "true" }, MARKS[i]),
                  ` ${words.quads[QUADS[i]!]}`,
                ),
                h("strong", null, percentText(count, whole)),
                h("span", { class: "quiet" }, wholeText(count, view.language)),
              ),
            ),
          ),
        ],
  );
}
