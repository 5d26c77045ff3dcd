import { subTopologyOf, taskNodes } from "../../inspector/task-nodes.ts";
import type { Clock } from "../../record/clock.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { Topology } from "../../topology/topology.ts";
import { SliceSpans } from "./slice-spans.ts";
import type { SpanExporter } from "./span-exporter.ts";

/** The spans of one thread, on their way to whoever wants them. */
export class ThreadTracing {
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;
  #spans: SliceSpans | null = null;

  constructor(exporter: SpanExporter, clock: Clock) {
    this.#exporter = exporter;
    this.#clock = clock;
  }

  /** Its tasks run from now on. */
  attach({
    topology,
    generation,
  }: {
    readonly topology: Topology;
    readonly generation: number;
  }): void {
    const nodes = taskNodes(topology);
    this.#spans = new SliceSpans({
      generation,
      clock: this.#clock,
      nodeOf: (task) => nodes.get(subTopologyOf(task))!.name,
      add: (span) => this.#exporter.add(span),
    });
  }

  take(event: RuntimeEvent): void {
    this.#spans?.take(event);
  }

  async close(): Promise<void> {
    await this.#exporter.close();
  }
}
