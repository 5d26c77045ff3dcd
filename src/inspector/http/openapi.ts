import { errorSchema, type Operation, text } from "./operation.ts";
import { json, type Route } from "./route.ts";

/** What the server says before any route is asked. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: "The question is not understood; the error says how it should be asked.",
  401: "The token is missing or wrong.",
  404: "There is nothing of that name.",
  405: "Only GET and HEAD are answered.",
  413: "A request has no body here.",
  414: "The address is too long.",
  421: "Without a token only this machine is answered, under its own names.",
  429: "Too many requests; again in a second.",
  500: "Something went wrong.",
};

/** Asked by who starts and stops containers, and they have no secrets to send. */
export const OPEN_TO_ALL: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** The document itself is a route like the others, and in it. */
export function withDocument(routes: readonly Route[], version: string): readonly Route[] {
  const documented: Route = {
    path: "/openapi.json",
    operation: {
      summary: "This document.",
      responses: { 200: { description: "OpenAPI 3.1.", schema: { type: "object" } } },
    },
    answer: () => json(200, document),
  };
  const all = [...routes, documented];
  const document = openApi(all, version);
  return all;
}

/** OpenAPI 3.1: what there is at which path, with the schema of each answer. */
const openApi = (routes: readonly Route[], version: string) => ({
  openapi: "3.1.0",
  info: {
    title: "The inspector of gdelt-streams",
    description: "How an application is doing, and what it knows. Nothing can be changed here.",
    version,
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  servers: [{ url: "/" }],
  paths: Object.fromEntries(
    routes.map(({ path, operation }) => [path, { get: described(path, operation) }]),
  ),
  components: {
    schemas: { Error: errorSchema },
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
  },
});

const REFUSED = {
  "application/json": { schema: { $ref: "#/components/schemas/Error" } },
} as const;

function described(path: string, { summary, parameters = [], responses }: Operation) {
  const refusals = Object.entries(REFUSALS).map(([status, description]) => [
    status,
    { description, content: REFUSED },
  ]);
  const answers = Object.entries(responses).map(([status, { description, schema, types = [] }]) => {
    const content = {
      ...(schema !== undefined && { "application/json": { schema } }),
      ...Object.fromEntries(types.map((type) => [type.split(";")[0], { schema: text }])),
    };
    return [status, { description, content }];
  });
  return {
    operationId: path.replace(/[^a-z]+/gi, "_").replace(/^_|_$/g, ""),
    summary,
    security: OPEN_TO_ALL.has(path) ? [] : [{ token: [] }],
    parameters: parameters.map((one) => ({ ...one, required: one.in === "path" })),
    responses: Object.fromEntries([...refusals, ...answers]),
  };
}
