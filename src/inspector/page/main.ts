import type { GraphLayout } from "../graph/graph-layout.ts";
import type { GatheredState } from "../peers/gathering.ts";
import type { ToldSentence } from "../sentence-ring.ts";
import type { DeadLetters, EventAudit, KnownEvent } from "./contract.ts";
import { deadLettersPanel } from "./dead-letters-panel.ts";
import { detailsPanel } from "./details-panel.ts";
import { downloadGraph } from "./download-graph.ts";
import type { StreamEvent } from "./event-stream-parser.ts";
import { headerPanel, loginPanel } from "./header-panel.ts";
import { InspectorClient } from "./inspector-client.ts";
import { mapPanel } from "./map-panel.ts";
import { type Actions, Model, type Selected } from "./model.ts";
import { problemsPanel } from "./problems-panel.ts";
import { processNumbers } from "./process-numbers.ts";
import { Renderer } from "./renderer.ts";
import { searchPanel, storyPanel } from "./search-panel.ts";
import { sentencesPanel } from "./sentences-panel.ts";
import { storesPanel } from "./stores-panel.ts";
import { tasksPanel } from "./tasks-panel.ts";
import { applyTheme } from "./theme.ts";
import { topologyPanel } from "./topology-panel.ts";
import { vitalsPanel } from "./vitals-panel.ts";

const NUMBERS_MS = 5000;
const DEAD_LETTERS_MS = 15_000;

/** One sentence at a time, at the pace of a reader; or some, now and then, for who wants no motion. */
const SENTENCE_MS = 900;
const STILL = { every: 12, sentences: 8 } as const;

const model = new Model();
const asSoonAsLive: (() => void)[] = [];
const client = new InspectorClient((status) => {
  model.connected = status;
  if (status === "live") {
    model.wasRefused = false;
    for (const turn of asSoonAsLive) turn();
  }
  renderer.changed("login", "header", "problems");
});
const dialog = element("details") as HTMLDialogElement;

const actions: Actions = {
  select(selected) {
    model.selected = selected;
    openDetails(selected);
  },
  find: (id) => void find(id),
  pause() {
    model.told.isPaused = !model.told.isPaused;
    renderer.changed("sentences");
  },
  unlock: (token) => client.unlock(token),
  download(format) {
    const graph = document.querySelector<SVGSVGElement>("#graph");
    if (graph !== null) void downloadGraph(graph, format);
  },
};

const renderer = new Renderer({
  login: { root: element("login"), view: () => loginPanel(model, actions.unlock) },
  header: { root: element("header"), view: () => headerPanel(model, themeChanged) },
  problems: { root: element("problems"), view: () => problemsPanel(model) },
  vitals: { root: element("vitals"), view: () => vitalsPanel(model) },
  topology: { root: element("topology"), view: () => topologyPanel(model, actions) },
  sentences: { root: element("sentences"), view: () => sentencesPanel(model, actions) },
  map: { root: element("map"), view: () => mapPanel(model) },
  tasks: { root: element("tasks"), view: () => tasksPanel(model, actions) },
  search: { root: element("search"), view: () => searchPanel(model, actions) },
  story: { root: element("story"), view: () => storyPanel(model) },
  stores: { root: element("stores"), view: () => storesPanel(model) },
  deadLetters: { root: element("dead-letters"), view: () => deadLettersPanel(model) },
  details: { root: dialog, view: () => detailsPanel(model, actions) },
});

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

function themeChanged(): void {
  renderer.changed("header", "map");
}

function openDetails(selected: Selected | null): void {
  if (selected === null) dialog.close();
  else if (!dialog.open) dialog.showModal();
  renderer.changed("details");
}

function take({ name, data }: StreamEvent): void {
  if (name === "sentence") model.told.take(JSON.parse(data) as ToldSentence);
  else if (name === "state") takeState(JSON.parse(data) as GatheredState | { error: string });
}

function takeState(state: GatheredState | { readonly error: string }): void {
  if ("error" in state) return;
  const before = model.state?.topologies[0]?.hash;
  model.state = state;
  model.health.take(state);
  model.vitals.takeState(state);
  document.title = `${state.application} – inspector`;
  if (model.layout === null || before !== state.topologies[0]?.hash) void drawTopology();
  renderer.changed("header", "problems", "vitals", "topology", "tasks", "stores", "details");
}

async function drawTopology(): Promise<void> {
  const asked = await client.json<GraphLayout>("/topology.layout");
  if (asked.kind === "found") model.layout = asked.value;
  renderer.changed("topology");
}

async function find(id: string): Promise<void> {
  model.search = { id, event: null, audit: null };
  renderer.changed("search", "story");
  const at = encodeURIComponent(id);
  const [event, audit] = await Promise.all([
    client.json<KnownEvent>(`/events/${at}`),
    client.json<EventAudit>(`/audit/${at}`),
  ]);
  if (model.search.id !== id) return;
  model.search = { id, event, audit };
  renderer.changed("search", "story");
  element("search").scrollIntoView({ block: "nearest" });
}

async function askNumbers(): Promise<void> {
  const asked = await client.text("/metrics");
  if (asked.kind !== "found") return;
  model.numbers = processNumbers(asked.value);
  model.vitals.takeNumbers(model.numbers);
  renderer.changed("vitals", "stores");
}

async function askDeadLetters(): Promise<void> {
  // A server does not learn of it while it runs.
  if (model.deadLetters?.kind === "absent") return;
  model.deadLetters = await client.json<DeadLetters>("/dead-letters?limit=50");
  renderer.changed("deadLetters");
}

/** Only while somebody can see it, and has shown the token. */
function every(ms: number, work: () => Promise<void>): void {
  const turn = () => {
    if (model.connected === "live" && !document.hidden) void work();
  };
  setInterval(turn, ms);
  asSoonAsLive.push(turn);
}

function tellSentences(): void {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  ticks++;
  if (isStill && ticks % STILL.every !== 1) return;
  if (model.told.show(isStill ? STILL.sentences : 1)) renderer.changed("sentences", "map");
  else if (model.told.isPaused) renderer.changed("sentences");
}
let ticks = 0;

applyTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
dialog.addEventListener("close", () => {
  model.selected = null;
  renderer.changed("details");
});
renderer.changed(
  "header",
  "vitals",
  "topology",
  "sentences",
  "map",
  "tasks",
  "search",
  "stores",
  "deadLetters",
);
every(NUMBERS_MS, askNumbers);
every(DEAD_LETTERS_MS, askDeadLetters);
setInterval(tellSentences, SENTENCE_MS);
void client.listen(take);
