import type { GraphEdge, GraphNode } from "../graph/topology-graph.ts";
import type { GatheredState } from "../peers/gathering.ts";
import { type Health, type LagWatch, worst } from "./lag-watch.ts";
import { type PlacedTask, tasksOf } from "./placed-tasks.ts";

/** What all tasks together say of a source or table that reads. */
export interface InputTotals {
  readonly rate: number | null;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  /** Of the partition that is furthest behind. */
  readonly watermark: number | null;
  readonly health: Health;
}

export interface StoreTotals {
  readonly entries: number;
  readonly bytes: number;
  readonly residentBytes: number;
  readonly tasks: number;
}

/** The state of an application by what is drawn of it. */
export class NodeView {
  readonly #inputs: ReadonlyMap<string, InputTotals>;
  readonly #tasks: ReadonlyMap<number, readonly PlacedTask[]>;
  readonly stores: ReadonlyMap<string, StoreTotals>;
  readonly #watch: LagWatch;

  constructor(state: GatheredState, watch: LagWatch) {
    const tasks = tasksOf(state);
    this.#watch = watch;
    this.#tasks = Map.groupBy(tasks, ({ task }) => Number.parseInt(task.id, 10));
    this.#inputs = inputTotals(tasks, watch);
    this.stores = storeTotals(tasks);
  }

  /** null: no task here reads it. */
  input(name: string | null): InputTotals | null {
    return name === null ? null : (this.#inputs.get(name) ?? null);
  }

  tasks({ subTopology }: GraphNode): readonly PlacedTask[] {
    return subTopology === null ? [] : (this.#tasks.get(subTopology) ?? []);
  }

  /** Of a topic by those who read it. */
  health(node: GraphNode, edges: readonly GraphEdge[]): Health {
    if (node.kind === "topic") {
      const readers = edges.filter(({ from }) => from === node.id);
      return worst(readers.map(({ input }) => this.input(input)?.health ?? "ok"));
    }
    return worst(this.tasks(node).map((task) => this.#watch.task(task)));
  }
}

function inputTotals(
  tasks: readonly PlacedTask[],
  watch: LagWatch,
): ReadonlyMap<string, InputTotals> {
  const inputs = Map.groupBy(
    tasks.flatMap(({ task }) => task.inputs),
    ({ node }) => node,
  );
  return new Map(
    [...inputs].map(([node, all]) => {
      const rates = all.flatMap(({ rate }) => (rate === null ? [] : [rate]));
      const watermarks = all.flatMap(({ watermark }) => (watermark === null ? [] : [watermark]));
      const totals: InputTotals = {
        rate: rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0),
        lagRecords: all.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
        lagSeconds: all.reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), 0),
        watermark: watermarks.length === 0 ? null : Math.min(...watermarks),
        health: worst(all.map((input) => watch.input(input))),
      };
      return [node, totals];
    }),
  );
}

function storeTotals(tasks: readonly PlacedTask[]): ReadonlyMap<string, StoreTotals> {
  const totals = new Map<string, StoreTotals>();
  for (const { task } of tasks) {
    for (const { name, entries, bytes, residentBytes } of task.stores) {
      const so = totals.get(name) ?? { entries: 0, bytes: 0, residentBytes: 0, tasks: 0 };
      totals.set(name, {
        entries: so.entries + entries,
        bytes: so.bytes + bytes,
        residentBytes: so.residentBytes + residentBytes,
        tasks: so.tasks + 1,
      });
    }
  }
  return totals;
}
