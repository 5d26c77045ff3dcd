import type { Gathering } from "../peers/gathering.ts";
import { PROBLEM_KINDS } from "../problem.ts";
import {
  array,
  flag,
  integer,
  mapOf,
  number,
  object,
  oneOf,
  orNull,
  type Parameter,
  text,
} from "./operation.ts";
import { json, type Route } from "./route.ts";

/** Asked of a replica by another one: it does not ask any further. */
export const SELF: Parameter = {
  name: "self",
  in: "query",
  description: "Of this process alone, instead of all replicas.",
  schema: { type: "string" },
};

const input = object({
  ...{ node: text, topic: text, partition: integer, position: integer, end: integer },
  ...{ lagRecords: integer, lagSeconds: number, watermark: orNull(number), rate: orNull(number) },
});

const store = object({ name: text, entries: integer, bytes: integer, residentBytes: integer });

const task = object({
  ...{ id: text, isTable: flag, state: text, inputs: array(input), streamTime: orNull(number) },
  ...{ stores: array(store), counts: mapOf(number), restoreLeftBytes: integer },
});

const thread = object({ name: text, state: text, at: orNull(number), tasks: array(task) });

const problem = object({
  ...{ kind: oneOf(...PROBLEM_KINDS), about: text, since: orNull(number), reason: text },
});

const instance = object({
  ...{ at: orNull(number), replica: text, url: orNull(text), version: orNull(text) },
  ...{ hash: orNull(text), state: text, reason: orNull(text), threads: array(thread) },
  problems: array(problem),
});

const topology = object({ hash: text, version: text, replicas: array(text) });

export const stateRoute = (gathering: Gathering): Route => ({
  path: "/topology/state",
  operation: {
    summary:
      "All replicas with their tasks: positions, lag, watermarks, stores, and what is wrong.",
    parameters: [SELF],
    responses: {
      200: {
        description:
          "As it was within the last second. Times are seconds since 1970. A replica that does not answer has the state UNREACHABLE, and a reason.",
        schema: object({
          ...{ at: number, application: text, topologies: array(topology) },
          instances: array(instance),
        }),
      },
    },
  },
  answer: async ({ query }) =>
    json(200, query.has("self") ? await gathering.own() : await gathering.state()),
});
