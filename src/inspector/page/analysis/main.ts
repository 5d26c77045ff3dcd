import type { ComponentChild } from "preact";
import { Renderer } from "../renderer.ts";
import { applyTheme } from "../theme.ts";
import { filterQuery } from "./analysis-filter.ts";
import { answerSource, unlock } from "./answer-source.ts";
import { biasPanel } from "./bias-panel.ts";
import { dayChart } from "./day-chart.ts";
import { filterBar } from "./filter-bar.ts";
import { headerBar } from "./header-bar.ts";
import { networkPanel } from "./network-panel.ts";
import { notice } from "./notice.ts";
import { type Actions, firstState, type PageState, type Shown } from "./page-state.ts";
import { quadShares } from "./quad-shares.ts";
import { qualityStrip } from "./quality-strip.ts";
import { sourcePanel } from "./source-panel.ts";
import { storyList } from "./story-list.ts";
import { themePanel } from "./theme-panel.ts";
import { toneHistogram } from "./tone-histogram.ts";
import { searchOf, type View, viewOf } from "./view.ts";
import { wordsOf } from "./words.ts";
import { worldPanel } from "./world-panel.ts";

/** Gold is made anew when a slice has closed, a quarter of an hour after the last. */
const AGAIN_MS = 60_000;

const source = answerSource();
let state: PageState = firstState(viewOf(location.search, navigator.language), source.queries);
/** Of the question that was asked last: an answer to an older one is of no more use. */
let turn = 0;

const actions: Actions = {
  choose(change) {
    const view = { ...state.view, ...change };
    history.pushState(null, "", searchOf(view));
    show(view);
  },
  unlock(token) {
    unlock(token);
    void ask();
  },
};

/** A panel that is hidden until there is something to draw. */
const whenTold = (id: string, view: (shown: Shown) => ComponentChild) => {
  const root = element(id);
  return {
    root,
    view: () => {
      const { analysis, words, queries } = state;
      if (analysis === null) return null;
      root.hidden = false;
      return view({ view: state.view, words, analysis, queries, choose: actions.choose });
    },
  };
};

const renderer = new Renderer({
  header: { root: element("header"), view: () => headerBar(state, actions, themeChanged) },
  notice: { root: element("notice"), view: () => notice(state, actions) },
  filters: { root: element("filters"), view: () => filterBar(state, actions) },
  quality: whenTold("quality", qualityStrip),
  world: whenTold("world", worldPanel),
  days: whenTold("days", dayChart),
  quads: whenTold("quads", quadShares),
  themes: whenTold("themes", themePanel),
  tones: whenTold("tones", toneHistogram),
  stories: whenTold("stories", storyList),
  network: whenTold("network", networkPanel),
  sources: whenTold("sources", sourcePanel),
  biases: { root: element("biases"), view: () => biasPanel(state.words) },
  footer: { root: element("footer"), view: () => state.words.credits },
});

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const themeChanged = () => renderer.changed("header");

function drawAll(): void {
  renderer.changed("header", "notice", "filters");
  if (state.analysis !== null) {
    renderer.changed("quality", "world", "days", "quads", "themes", "tones");
    renderer.changed("stories", "network", "sources");
  }
  renderer.changed("biases", "footer");
}

function show(view: View): void {
  const isOther = filterQuery(view) !== filterQuery(state.view);
  state = { ...state, view, words: wordsOf(view.language) };
  document.documentElement.lang = view.language;
  document.title = `${state.words.title} – gdelt-streams`;
  drawAll();
  if (isOther) void ask();
}

async function ask(): Promise<void> {
  const mine = ++turn;
  state = { ...state, isAsking: true };
  renderer.changed("filters");
  const told = await source.ask(filterQuery(state.view));
  if (mine !== turn) return;
  const analysis = told.kind === "told" ? told.analysis : state.analysis;
  state = { ...state, told, analysis, isAsking: false };
  drawAll();
}

applyTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
addEventListener("popstate", () => show(viewOf(location.search, navigator.language)));
show(state.view);
void ask();
if (source.queries === null) {
  setInterval(() => {
    if (!document.hidden && state.told?.kind === "told") void ask();
  }, AGAIN_MS);
}
