import { type ComponentChild, h } from "preact";
import type { GatheredState } from "../peers/gathering.ts";
import type { StateView } from "../state-view.ts";
import { mark, panelTitle } from "./elements.ts";
import { MARKS } from "./lag-watch.ts";
import type { Actions, Model } from "./model.ts";
import { count } from "./number-text.ts";

/** `2_0` before `10_0`. */
const inOrder = new Intl.Collator("en", { numeric: true });

/** Who has which tasks, and how they are. */
export function tasksPanel(model: Model, actions: Actions): ComponentChild {
  const { state } = model;
  return h(
    "div",
    null,
    panelTitle("tasks", "Tasks by replica"),
    state === null || !hasTasks(state)
      ? h("p", { class: "empty" }, "No replica has a task yet.")
      : state.instances.map((instance) => replica(instance, model, actions)),
  );
}

const hasTasks = ({ instances }: GatheredState): boolean =>
  instances.some(({ threads, state }) => state === "UNREACHABLE" || threads.length > 0);

function replica(instance: StateView, model: Model, actions: Actions): ComponentChild {
  const { replica: name, threads, state, version, reason } = instance;
  const tasks = threads.flatMap(({ name: thread, tasks }) =>
    tasks.map((task) => ({ replica: name, thread, task })),
  );
  tasks.sort((a, b) => inOrder.compare(a.task.id, b.task.id));
  const behind = tasks
    .flatMap(({ task }) => task.inputs)
    .reduce((sum, { lagRecords }) => sum + lagRecords, 0);
  const health = state === "RUNNING" ? "ok" : state === "UNREACHABLE" ? "down" : "restoring";
  return h(
    "div",
    { class: "replica", key: name },
    h(
      "div",
      null,
      h("h3", null, mark(health), ` ${name}`),
      h("p", { class: "quiet" }, `${state} · ${version ?? "–"}`),
      h("p", { class: "quiet" }, reason ?? `${tasks.length} tasks · ${count(behind)} behind`),
    ),
    h(
      "div",
      { class: "cells" },
      tasks.map((placed) => {
        const { id } = placed.task;
        const of = model.health.task(placed);
        return h(
          "button",
          {
            type: "button",
            key: id,
            class: `cell ${of}`,
            "aria-label": `task ${id}, ${MARKS[of].word}`,
            onClick: () => actions.select({ kind: "task", replica: name, id }),
          },
          h("span", { class: "mark", "aria-hidden": "true" }, MARKS[of].mark),
          ` ${id}`,
        );
      }),
    ),
  );
}
