import { END_OF_STREAM } from "../../record/slice-end.ts";
import { traceIdOf } from "../../record/trace.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import { sliceText } from "../tracing/span.ts";
import { causeText, type ThreadMessage } from "./thread-message.ts";

const line = (
  level: "info" | "warn",
  message: string,
  fields: Readonly<Record<string, unknown>>,
): ThreadMessage => ({ kind: "line", level, message, fields });

/**
 * What whoever operates a replica should read of what a thread goes through; null: nothing, all is
 * as usual. An assignment that changes nothing is not told again.
 */
export function threadMessages(): (event: RuntimeEvent) => ThreadMessage | null {
  let assigned = "";
  return (event) => {
    if (event.kind === "group" && event.event.kind === "assigned") {
      const { assignment } = event.event;
      const before = assigned;
      assigned = JSON.stringify(assignment);
      if (assigned === before) return null;
      return line("info", "tasks assigned", { ...assignment });
    }
    return messageOf(event);
  };
}

function messageOf(event: RuntimeEvent): ThreadMessage | null {
  switch (event.kind) {
    case "thread-state":
      return { kind: "state", from: event.from, to: event.to };
    case "commit-failed":
      return line("warn", "a task failed, and goes back to its last commit", {
        ...causeOf(event),
        ...traceOf(event.sliceMs),
      });
    case "task-migrated":
      return line("warn", "a task belongs to another member now, and is dropped", causeOf(event));
    case "group":
      if (event.event.kind !== "lost") return null;
      return line("warn", "the group has given this member up; it joins again", {
        cause: causeText(event.event.cause),
      });
    default:
      return null;
  }
}

const causeOf = ({ task, cause }: { readonly task: string; readonly cause: unknown }) => ({
  task,
  cause: causeText(cause),
});

/** Of which slice it is told, and in whose trace; nothing where nobody knows. */
const traceOf = (sliceMs: number | null) =>
  sliceMs === null || !(Math.abs(sliceMs) < END_OF_STREAM - 1)
    ? {}
    : { slice: sliceText(sliceMs), trace: traceIdOf(sliceMs) };
