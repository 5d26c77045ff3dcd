import { type ComponentChild, h } from "preact";
import type { GraphNode } from "../graph/topology-graph.ts";
import type { InputView, TaskView } from "../state-view.ts";
import { facts, healthText, table } from "./elements.ts";
import type { Actions, Model, Selected } from "./model.ts";
import { NodeView } from "./node-view.ts";
import { bytes, count, duration, instant, rate } from "./number-text.ts";
import { tasksOf } from "./placed-tasks.ts";

/** All that is known of one node or task, beside the page. */
export function detailsPanel(model: Model, actions: Actions): ComponentChild {
  const { selected } = model;
  if (selected === null) return null;
  return h(
    "div",
    null,
    h(
      "div",
      { class: "title" },
      h("h2", { id: "details-title" }, titleOf(model, selected)),
      h("button", { type: "button", onClick: () => actions.select(null) }, "Close"),
    ),
    selected.kind === "node" ? nodeDetails(model, selected.id) : taskDetails(model, selected),
  );
}

const titleOf = ({ layout }: Model, selected: Selected): string =>
  selected.kind === "task"
    ? `Task ${selected.id}`
    : (layout?.nodes.find(({ id }) => id === selected.id)?.name ?? selected.id);

function nodeDetails({ layout, state, health }: Model, id: string): ComponentChild {
  const node = layout?.nodes.find((other) => other.id === id);
  if (node === undefined || layout === null || state === null) return gone();
  const view = new NodeView(state, health);
  const reads = layout.edges.filter(({ from, to }) => (node.kind === "topic" ? from : to) === id);
  return h(
    "div",
    null,
    facts([
      ["Kind", kindOf(node)],
      ["Health", healthText(view.health(node, layout.edges))],
      ["Tasks", node.kind === "topic" ? "–" : String(view.tasks(node).length)],
    ]),
    reads.flatMap(({ input }) => {
      const of = view.input(input);
      if (of === null) return [];
      return [
        h("h3", null, node.kind === "topic" ? `Read by ${input}` : `Reads as ${input}`),
        facts([
          ["Rate", rate(of.rate)],
          ["Behind", `${count(of.lagRecords)} records, ${duration(of.lagSeconds)}`],
          ["Watermark", `${instant(of.watermark)} UTC`],
        ]),
      ];
    }),
    node.stores.length === 0
      ? null
      : table({
          caption: "Stores, all tasks together",
          columns: ["Store", "#Entries", "#Size", "#In memory"],
          rows: node.stores.map((name) => {
            const of = view.stores.get(name);
            return [
              name,
              count(of?.entries ?? 0),
              bytes(of?.bytes ?? 0),
              bytes(of?.residentBytes ?? 0),
            ];
          }),
        }),
  );
}

const kindOf = ({ kind, subTopology }: GraphNode): string =>
  subTopology === null ? kind : `${kind} of sub-topology ${subTopology}`;

function taskDetails(
  { state, health }: Model,
  { replica, id }: Selected & { kind: "task" },
): ComponentChild {
  const placed = state && tasksOf(state).find((of) => of.replica === replica && of.task.id === id);
  if (!placed) return gone();
  const { thread, task } = placed;
  return h(
    "div",
    null,
    facts([
      ["Of", `${thread} in ${replica}`],
      ["State", task.state],
      ["Health", healthText(health.task(placed))],
      ["Stream time", `${instant(task.streamTime)} UTC`],
      ...(task.restoreLeftBytes > 0
        ? ([["Still to restore", bytes(task.restoreLeftBytes)]] as const)
        : []),
    ]),
    task.inputs.map(inputDetails),
    stores(task),
  );
}

const inputDetails = (input: InputView): ComponentChild =>
  h(
    "div",
    { key: `${input.node} ${input.topic}` },
    h("h3", null, `${input.topic}, partition ${input.partition}`),
    facts([
      ["Position", `${count(input.position)} of ${count(input.end)}`],
      ["Behind", `${count(input.lagRecords)} records, ${duration(input.lagSeconds)}`],
      ["Rate", rate(input.rate)],
      ["Watermark", `${instant(input.watermark)} UTC`],
    ]),
  );

const stores = (task: TaskView): ComponentChild =>
  task.stores.length === 0
    ? null
    : table({
        caption: "Stores",
        columns: ["Store", "#Entries", "#Size", "#In memory"],
        rows: task.stores.map(({ name, entries, bytes: size, residentBytes }) => [
          name,
          count(entries),
          bytes(size),
          bytes(residentBytes),
        ]),
      });

const gone = (): ComponentChild => h("p", { class: "empty" }, "It is not there any more.");
