import { type ComponentChild, h } from "preact";
import { percentText, wholeText } from "./number-words.ts";
import type { Shown } from "./page-state.ts";

/** How fresh it is, and how much of the news it can speak of. */
export function qualityStrip({ analysis, words, view }: Shown): ComponentChild {
  const { quality, run } = analysis;
  const { events, mentions } = quality;
  const whole = (value: number) => wholeText(value, view.language);
  const names = words.qualityTiles;
  const tile = (name: string, value: string, more: string) =>
    h(
      "div",
      { class: "tile" },
      h("div", { class: "name" }, name),
      h("div", { class: "value" }, value),
      h("div", { class: "more" }, more),
    );
  const part = (name: string, of: number) =>
    tile(name, percentText(of, events), words.ofEvents(whole(events)));
  return h(
    "div",
    null,
    h("h2", { id: "quality-title", class: "unseen" }, words.quality),
    h(
      "div",
      { class: "tiles" },
      tile(names.fresh, run.finishedAt.slice(11, 16), `${run.finishedAt.slice(0, 10)} UTC`),
      tile(
        names.events,
        whole(events),
        words.shown(analysis.filter.from ?? "–", analysis.filter.to ?? "–"),
      ),
      part(names.located, quality.located),
      part(names.complete, quality.complete),
      part(names.themed, quality.themed),
      tile(names.joined, percentText(quality.joined, mentions), words.ofMentions(whole(mentions))),
    ),
  );
}
