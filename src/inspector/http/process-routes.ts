import type { Inspected } from "../inspected.ts";
import { CONTENT_TYPES, type ExpositionFormat, exposition } from "../metrics/metric-registry.ts";
import { FORMAT_NAMES, type TopologyFormat } from "../topology-formats.ts";
import {
  anything,
  array,
  errorSchema,
  flag,
  integer,
  mapOf,
  object,
  oneOf,
  orNull,
  text,
} from "./operation.ts";
import { type Answer, JSON_TYPE, json, type Route } from "./route.ts";

const TEXT_TYPE = "text/plain; charset=utf-8";

const TOPOLOGY_TYPES: Readonly<Record<TopologyFormat, string>> = {
  text: TEXT_TYPE,
  json: JSON_TYPE,
  dot: "text/vnd.graphviz; charset=utf-8",
  mermaid: TEXT_TYPE,
};

/** What a process says of itself alone. */
export const processRoutes = (inspected: Inspected): readonly Route[] => [
  healthRoute,
  readinessRoute(inspected),
  metricsRoute(inspected),
  versionRoute(inspected),
  topologyRoute(inspected, null),
  ...FORMAT_NAMES.map((format) => topologyRoute(inspected, format)),
];

const healthRoute: Route = {
  path: "/healthz",
  operation: {
    summary: "Whether anybody is alive. Asks nobody else.",
    responses: { 200: { description: "Yes.", schema: object({ status: oneOf("alive") }) } },
  },
  // That somebody answers is what is asked: what else is away is not mended by a restart.
  answer: () => json(200, { status: "alive" }),
};

const readinessSchema = object({ ready: flag, state: text, reason: orNull(text) });

const readinessRoute = (inspected: Inspected): Route => ({
  path: "/readyz",
  operation: {
    summary: "Whether all that the process was given runs.",
    responses: {
      200: { description: "It does.", schema: readinessSchema },
      503: { description: "Not yet, or no more; why.", schema: readinessSchema },
    },
  },
  answer: () => {
    const { isReady, state, reason } = inspected.readiness;
    return json(isReady ? 200 : 503, { ready: isReady, state, reason });
  },
});

const metricsRoute = (inspected: Inspected): Route => ({
  path: "/metrics",
  operation: {
    summary: "The metrics of this process alone, for Prometheus.",
    responses: {
      200: { description: "In the format that is accepted.", types: Object.values(CONTENT_TYPES) },
    },
  },
  answer: async ({ accept }) => {
    const format: ExpositionFormat = accept.includes("application/openmetrics-text")
      ? "openmetrics"
      : "text";
    const threads = await inspected.threads();
    const body = await exposition(await inspected.metrics(threads), format);
    return { status: 200, contentType: CONTENT_TYPES[format], body };
  },
});

const versionRoute = (inspected: Inspected): Route => ({
  path: "/version",
  operation: {
    summary: "Application, version, and the hash of the topology.",
    responses: {
      200: {
        description: "`topology` is null as long as no thread has opened it.",
        schema: object({ application: text, version: text, topology: orNull(text) }),
      },
    },
  },
  answer: () => {
    const { application, version, topology } = inspected;
    return json(200, { application, version, topology: topology?.hash ?? null });
  },
});

const topologyRoute = (inspected: Inspected, format: TopologyFormat | null): Route => ({
  path: format === null ? "/topology" : `/topology.${format}`,
  operation: {
    summary: `What runs, ${format === null ? "in the format that is accepted" : `as ${format}`}.`,
    responses: {
      200: responseOf(format),
      503: { description: "No thread has opened it yet.", schema: errorSchema },
    },
  },
  answer: ({ accept }) => described(inspected, format ?? wanted(accept)),
});

const node = object({
  ...{ name: text, kind: oneOf("source", "processor", "sink", "table"), topic: orNull(text) },
  ...{ successors: array(text), predecessors: array(text), stores: array(text) },
  inputs: array(object({ from: text, output: text, side: orNull(text) })),
});

const topologySchema = object({
  subTopologies: array(
    object({
      ...{ id: integer, nodes: array(node), sourceTopics: array(text), sinkTopics: array(text) },
      ...{ stores: array(mapOf(anything)), completeness: mapOf(anything) },
    }),
  ),
  ...{ repartitionTopics: array(text), deadLetterTopic: orNull(text) },
});

const responseOf = (format: TopologyFormat | null) => ({
  description: "Its nodes, and what follows them.",
  ...((format ?? "json") === "json" && { schema: topologySchema }),
  ...(format !== "json" && {
    types: format === null ? [TEXT_TYPE, TOPOLOGY_TYPES.dot] : [TOPOLOGY_TYPES[format]],
  }),
});

function described({ topology }: Inspected, format: TopologyFormat): Answer {
  if (topology === null) return json(503, { error: "no thread has opened the topology yet" });
  return { status: 200, contentType: TOPOLOGY_TYPES[format], body: topology.formats[format] };
}

/** JSON for programs, the text for whoever asks for text. */
function wanted(accept: string): TopologyFormat {
  if (accept.includes("text/vnd.graphviz")) return "dot";
  return accept.includes("text/plain") ? "text" : "json";
}
