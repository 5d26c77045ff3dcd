import { type ComponentChild, h } from "preact";
import { type History, historyPath } from "./history.ts";
import type { Model } from "./model.ts";
import { count, duration, NONE, percent, rate } from "./number-text.ts";

const SPARK_HEIGHT = 30;

/** The numbers that say whether all is well, each with its last five minutes. */
export function vitalsPanel({ vitals }: Model): ComponentChild {
  const { lag, rows, joined, freshness, oldest, tasks } = vitals;
  const behind = lag.last ?? 0;
  const fresh = freshness.last;
  return h("div", { class: "tiles" }, [
    tile("Read", rate(rows.last), `${count(tasks)} tasks and tables`, rows),
    tile(
      "Behind",
      lag.last === null ? NONE : count(behind),
      behind === 0 ? "everything is read" : `records; the oldest stamped ${duration(oldest)} ago`,
      lag,
    ),
    tile("Mentions with their event", percent(joined.last), "of those that must have one", joined),
    tile(
      "Fresh within",
      fresh === null ? NONE : Number.isFinite(fresh) ? duration(fresh) : "> 2 h",
      "95 % of slices after their stamp, in this process",
      freshness,
    ),
  ]);
}

const tile = (name: string, value: string, more: string, history: History): ComponentChild =>
  h(
    "div",
    { class: "tile" },
    h("p", { class: "name" }, name),
    h("p", { class: "value" }, value),
    h("p", { class: "more" }, more),
    h(
      "svg",
      {
        class: "spark",
        viewBox: `0 0 100 ${SPARK_HEIGHT}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      h("path", { d: historyPath(history.values, SPARK_HEIGHT) }),
    ),
  );
