import { type ComponentChild, h } from "preact";
import { panelTitle } from "../elements.ts";
import type { DayNews } from "./contract.ts";
import { signedText, wholeText } from "./number-words.ts";
import type { Shown } from "./page-state.ts";

const STEP = 10;
/** A single day is a column, too, and no wall. */
const DAYS_MIN = 7;
const GAP = 1.2;
const HEIGHT = 100;

/** How much, in which tone, of which kind, one column a day. */
export function dayChart({ analysis: { days }, words, view }: Shown): ComponentChild {
  const whole = (value: number | null) => wholeText(value ?? 0, view.language);
  const signed = (value: number | null) => signedText(value, words.unknown);
  return h(
    "div",
    null,
    panelTitle("days", words.dayByDay),
    days.length === 0
      ? h("p", { class: "empty" }, words.nothing)
      : [
          columns(days, {
            name: words.measures.events,
            value: ({ events }) => events,
            text: whole,
          }),
          columns(days, { name: words.measures.tone, value: ({ tone }) => tone, text: signed }),
          columns(days, {
            name: words.measures.goldstein,
            value: ({ goldstein }) => goldstein,
            text: signed,
          }),
          h(
            "div",
            { class: "ends quiet", "aria-hidden": "true" },
            h("span", null, days[0]!.day),
            days.length === 1 ? null : h("span", null, days.at(-1)!.day),
          ),
        ],
  );
}

interface Series {
  readonly name: string;
  readonly value: (day: DayNews) => number | null;
  readonly text: (value: number | null) => string;
}

/** Columns from zero, up and down. */
function columns(days: readonly DayNews[], { name, value, text }: Series): ComponentChild {
  const values = days.map((day) => value(day) ?? 0);
  const [top, bottom] = [Math.max(0, ...values), Math.min(0, ...values)];
  const scale = HEIGHT / (top - bottom || 1);
  const told = days.map((day) => `${day.day} ${text(value(day))}`);
  return h(
    "div",
    { class: "series" },
    h("div", { class: "name" }, name, h("span", { class: "quiet" }, text(value(days.at(-1)!)))),
    h(
      "svg",
      {
        ...{
          viewBox: `0 0 ${Math.max(days.length, DAYS_MIN) * STEP} ${HEIGHT}`,
          preserveAspectRatio: "none",
        },
        ...{ role: "img", "aria-label": `${name}: ${told.join(", ")}` },
      },
      values.map((height, i) =>
        h(
          "rect",
          {
            ...{ x: i * STEP + GAP / 2, width: STEP - GAP, class: height < 0 ? "below" : "above" },
            y: (top - Math.max(0, height)) * scale,
            height: Math.max(0.6, Math.abs(height) * scale),
          },
          h("title", null, told[i]),
        ),
      ),
    ),
  );
}
