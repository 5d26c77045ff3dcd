import { Hash128 } from "./hash.ts";

/*
 * W3C Trace Context. The trace of a slice is named by the slice alone, and a span by what it is: who replays a slice
 * names them the same, and nobody has to be told the names.
 */

/** The trace of a slice: 32 hexadecimal digits. */
export const traceIdOf = (sliceMs: number): string => hex(`slice ${sliceMs}`);

/** Of the publication of a slice: with attempt 1 all that becomes of it begins. 16 hexadecimal digits. */
export const publishSpanId = (sliceMs: number, attempt: number): string =>
  spanId(sliceMs, "publish", attempt);

/** Of its files, on their way here. */
export const fetchSpanId = (sliceMs: number, attempt: number): string =>
  spanId(sliceMs, "fetch", attempt);

/** What a task or table does with a slice. */
export interface TaskStage {
  readonly stage: "close" | "commit";
  readonly task: string;
  readonly generation: number;
  readonly attempt: number;
}

export const taskSpanId = (
  sliceMs: number,
  { stage, task, generation, attempt }: TaskStage,
): string => spanId(sliceMs, stage, task, generation, attempt);

/** The header `traceparent`, of a trace that is recorded. */
export const traceHeaders = (
  sliceMs: number,
  span: string,
): Readonly<Record<"traceparent", string>> => ({
  traceparent: `00-${traceIdOf(sliceMs)}-${span}-01`,
});

const spanId = (sliceMs: number, ...what: readonly (string | number)[]): string =>
  hex(`span ${[sliceMs, ...what].join(" ")}`).slice(0, 16);

const encoder = new TextEncoder();

function hex(text: string): string {
  const bytes = encoder.encode(text);
  const { a, b, c, d } = new Hash128().update(bytes, 0, bytes.length);
  return [a, b, c, d].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
