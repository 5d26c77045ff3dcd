import { END_OF_STREAM } from "../../record/slice-end.ts";
import { publishSpanId, type TaskStage, taskSpanId } from "../../record/trace.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import { type Span, sliceAttribute } from "./span.ts";

/** Slices of a task that have closed and are not committed; who closes more at once tells the newest. */
const CLOSED_MAX = 1000;

interface Closed {
  readonly sliceMs: number;
  readonly attempt: number;
  readonly startMs: number;
}

/** What the spans of a thread are made with. */
export interface SliceSpansOptions {
  readonly generation: number;
  /** The source, table or join that a task is. */
  readonly nodeOf: (task: string) => string;
  readonly clock: { nowMs(): number };
  readonly add: (span: Span) => void;
}

/** Makes spans of what a thread tells: a slice that a task has closed and committed, or a table has written. */
export class SliceSpans {
  readonly #options: SliceSpansOptions;
  readonly #closed = new Map<string, Closed[]>();

  constructor(options: SliceSpansOptions) {
    this.#options = options;
  }

  take(event: RuntimeEvent): void {
    switch (event.kind) {
      case "slice-closed": {
        // The end of the stream is no slice.
        if (event.sliceMs < END_OF_STREAM - 1) this.#sliceClosed(event);
        return;
      }
      case "task-committed":
        this.#taskCommitted(event.task);
        return;
      case "commit-failed":
      case "task-migrated":
        // It closes them again, or somebody else does.
        this.#closed.delete(event.task);
        return;
      case "table-committed":
        this.#tableCommitted(event);
    }
  }

  #sliceClosed({ task, sliceMs, attempt, startMs }: Closed & { readonly task: string }): void {
    const closed = this.#closed.get(task) ?? [];
    closed.push({ sliceMs, attempt, startMs });
    if (closed.length > CLOSED_MAX) closed.shift();
    this.#closed.set(task, closed);
  }

  #taskCommitted(task: string): void {
    const endMs = this.#options.clock.nowMs();
    for (const { sliceMs, attempt, startMs } of this.#closed.get(task) ?? []) {
      this.#add(task, "close", { sliceMs, startMs, endMs }, { "gdelt.attempt": attempt });
    }
    this.#closed.delete(task);
  }

  #tableCommitted(event: Extract<RuntimeEvent, { kind: "table-committed" }>): void {
    const endMs = this.#options.clock.nowMs();
    const startMs = endMs - event.durationMs;
    for (const { sliceMs, rows } of event.ended) {
      this.#add(event.task, "commit", { sliceMs, startMs, endMs }, { "gdelt.rows": rows });
    }
  }

  #add(
    task: string,
    stage: TaskStage["stage"],
    when: Pick<Span, "sliceMs" | "startMs" | "endMs">,
    numbers: Readonly<Record<string, number>>,
  ): void {
    const { generation, nodeOf, add } = this.#options;
    const { sliceMs } = when;
    const attempt = numbers["gdelt.attempt"] ?? 1;
    add({
      ...when,
      id: taskSpanId(sliceMs, { stage, task, generation, attempt }),
      parent: publishSpanId(sliceMs, 1),
      name: `${stage} ${nodeOf(task)}`,
      attributes: {
        ...sliceAttribute(sliceMs),
        ...{ "gdelt.task": task, "gdelt.generation": generation, ...numbers },
      },
    });
  }
}
