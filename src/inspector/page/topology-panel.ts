import { type ComponentChild, h } from "preact";
import type { GraphLayout, PlacedEdge, PlacedNode } from "../graph/graph-layout.ts";
import { panelTitle } from "./elements.ts";
import { HEALTH, type Health, MARKS } from "./lag-watch.ts";
import type { Actions, Model } from "./model.ts";
import { NodeView } from "./node-view.ts";
import { bytes, count, rate, timeOfDay } from "./number-text.ts";

const NAME_MAX = 21;
const STORE_MAX = 17;

/** Rows a second above which an edge is drawn bold. */
const BUSY = 1000;

/** The topology as it runs: what flows, what waits, and where. */
export function topologyPanel(model: Model, actions: Actions): ComponentChild {
  const { layout, state, health } = model;
  const buttons = (["svg", "png"] as const).map((format) =>
    h(
      "button",
      {
        type: "button",
        disabled: layout === null,
        "aria-label": `Download the topology as ${format.toUpperCase()}`,
        onClick: () => actions.download(format),
      },
      format.toUpperCase(),
    ),
  );
  return h(
    "div",
    null,
    panelTitle("topology", "Topology", ...buttons),
    layout === null || state === null
      ? h("p", { class: "empty" }, "The topology is drawn as soon as a thread has opened it.")
      : graph(layout, new NodeView(state, health), actions),
    h(
      "p",
      { class: "legend" },
      HEALTH.toReversed().map((each) =>
        h(
          "span",
          { class: each },
          h("span", { class: "mark", "aria-hidden": "true" }, MARKS[each].mark),
          ` ${MARKS[each].word}`,
        ),
      ),
    ),
  );
}

const graph = (layout: GraphLayout, view: NodeView, actions: Actions): ComponentChild =>
  h(
    "figure",
    { class: "graph", tabIndex: 0, role: "region", "aria-label": "Graph of the topology" },
    h(
      "svg",
      {
        id: "graph",
        viewBox: `0 0 ${layout.width} ${layout.height}`,
        role: "group",
        "aria-label": "Topics, processors and tables",
      },
      layout.edges.map((edge) => edgeView(edge, view)),
      layout.nodes.map((node) => nodeView(node, layout, view, actions)),
    ),
  );

function edgeView(edge: PlacedEdge, view: NodeView): ComponentChild {
  const input = view.input(edge.input);
  const flow = input?.rate ?? 0;
  const classes = [
    "edge",
    flow > 0 ? "flowing" : "",
    flow > BUSY ? "busy" : "",
    input?.health ?? "",
  ];
  const { x, y } = edge.end;
  return h(
    "g",
    { key: `${edge.from} ${edge.to}` },
    h("path", { class: classes.join(" ").trim(), d: edge.path }),
    h("path", { class: "head", d: `M${x} ${y}l-7 -4v8z` }),
    input === null || flow === 0
      ? null
      : h("text", { x: x - 9, y: y - 6, class: "end rate" }, rate(input.rate)),
  );
}

function nodeView(
  node: PlacedNode,
  layout: GraphLayout,
  view: NodeView,
  actions: Actions,
): ComponentChild {
  const { id, kind, name, stores, x, y, width, height } = node;
  const health = view.health(node, layout.edges);
  const says = saysOf(node, health, layout, view);
  const select = (event: Event) => {
    event.preventDefault();
    actions.select({ kind: "node", id });
  };
  return h(
    "a",
    {
      key: id,
      class: `${kind} ${health}`,
      href: `#${encodeURIComponent(id)}`,
      onClick: select,
    },
    h("rect", { ...{ x, y, width, height }, rx: kind === "topic" ? 23 : 7 }),
    h("text", { class: "name", x: x + 14, y: y + 20 }, shortened(name, NAME_MAX)),
    h("text", { x: x + 14, y: y + 36 }, says),
    h(
      "text",
      { class: `mark end ${health}`, x: x + width - 12, y: y + 36, "aria-hidden": "true" },
      MARKS[health].mark,
    ),
    stores.map((store, i) => [
      h("text", { x: x + 14, y: y + 57 + i * 17 }, shortened(store, STORE_MAX)),
      h(
        "text",
        { class: "end", x: x + width - 12, y: y + 57 + i * 17 },
        bytes(view.stores.get(store)?.bytes ?? 0),
      ),
    ]),
  );
}

/** The second line: in words too what its mark says, unless all is well. */
function saysOf(node: PlacedNode, health: Health, layout: GraphLayout, view: NodeView): string {
  const word = health === "ok" ? [] : [MARKS[health].word];
  if (node.kind === "processor") {
    const tasks = view.tasks(node);
    const times = tasks.flatMap(({ task }) => (task.streamTime === null ? [] : [task.streamTime]));
    const until = times.length === 0 ? [] : [`until ${timeOfDay(Math.min(...times))}`];
    const number = `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}`;
    return [number, ...(word.length > 0 ? word : until)].join(" · ");
  }
  const reads = layout.edges
    .filter(({ from, to }) => (node.kind === "topic" ? from : to) === node.id)
    .flatMap(({ input }) => view.input(input) ?? []);
  const behind = Math.max(0, ...reads.map(({ lagRecords }) => lagRecords));
  if (word.length > 0) return `${word[0]} · ${count(behind)}`;
  const read = behind === 0 ? "all read" : `${count(behind)} to read`;
  return reads.length === 0 ? node.kind : `${node.kind} · ${read}`;
}

const shortened = (name: string, lengthMax: number): string =>
  name.length > lengthMax ? `${name.slice(0, lengthMax - 3)}…` : name;
