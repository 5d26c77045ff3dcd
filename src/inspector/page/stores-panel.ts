import { type ComponentChild, h } from "preact";
import { panelTitle, table } from "./elements.ts";
import type { Model } from "./model.ts";
import { NodeView } from "./node-view.ts";
import { bytes, count, duration } from "./number-text.ts";

/** What is held, how long ago it was made safe, and how the tables come along. */
export function storesPanel({ state, health, numbers }: Model): ComponentChild {
  const stores = state === null ? [] : [...new NodeView(state, health).stores];
  const now = state?.at ?? 0;
  const ago = (at: number | null) =>
    at === null ? "none yet" : now - at < 1 ? "now" : `${duration(now - at)} ago`;
  return h(
    "div",
    null,
    panelTitle("stores", "State and checkpoints"),
    h(
      "div",
      { class: "side-by-side" },
      stores.length === 0
        ? h("p", { class: "empty" }, "There is no state yet.")
        : table({
            caption: "Stores, all tasks together",
            columns: ["Store", "#Entries", "#Size", "#In memory"],
            rows: stores
              .sort(([, a], [, b]) => b.bytes - a.bytes)
              .map(([name, of]) => [
                name,
                count(of.entries),
                bytes(of.bytes),
                bytes(of.residentBytes),
              ]),
          }),
      numbers === null || numbers.tables.length === 0
        ? null
        : table({
            caption: "Commits of tables, this process",
            columns: ["Table", "#Commits", "#Failed", "#Last"],
            rows: numbers.tables.map(({ sink, commits, failed, last }) => [
              sink,
              count(commits),
              count(failed),
              ago(last),
            ]),
          }),
    ),
    numbers === null
      ? null
      : h(
          "p",
          { class: "quiet" },
          `Oldest checkpoint of a task: ${ago(numbers.oldestCheckpoint)} · ` +
            `${bytes(numbers.checkpointBytes)} written for checkpoints · ` +
            `${bytes(numbers.memoryBytes)} of memory, in this process.`,
        ),
  );
}
