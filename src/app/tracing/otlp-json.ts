import { traceIdOf } from "../../record/trace.ts";
import type { Resource, Span } from "./span.ts";

/*
 * Spans as OTLP/HTTP has them in JSON: the mapping of proto3, but ids are hexadecimal, and 64-bit numbers text
 * (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding").
 */

const SPAN_KIND_INTERNAL = 1;

/** A span on its own; a request holds many. */
export const spanJson = (span: Span): string => {
  const { sliceMs, id, parent, name, startMs, endMs, attributes } = span;
  return JSON.stringify({
    traceId: traceIdOf(sliceMs),
    spanId: id,
    ...(parent !== null && { parentSpanId: parent }),
    name,
    kind: SPAN_KIND_INTERNAL,
    startTimeUnixNano: nanoseconds(startMs),
    // A clock that was put back makes no span of less than nothing.
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: Object.entries(attributes).map(attribute),
  });
};

/** The body of a request with spans that `spanJson` has made. */
export function exportRequest(spans: readonly string[], of: Resource): string {
  const resource = JSON.stringify({
    attributes: [
      attribute(["service.name", of.application]),
      attribute(["service.version", of.version]),
      attribute(["service.instance.id", of.replica]),
    ],
  });
  const scope = JSON.stringify({ name: "gdelt-streams", version: of.version });
  const all = spans.join(",");
  return `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[${all}]}]}]}`;
}

const nanoseconds = (ms: number): string => `${Math.round(ms)}000000`;

const attribute = ([key, value]: readonly [string, string | number]) => ({
  key,
  value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
});
