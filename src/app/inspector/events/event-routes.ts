import {
  anything,
  array,
  errorSchema,
  integer,
  mapOf,
  object,
  oneOf,
  orNull,
  type Parameter,
  text,
} from "../../../inspector/http/operation.ts";
import { type Answer, json, type Route } from "../../../inspector/http/route.ts";
import { SELF } from "../../../inspector/http/state-route.ts";
import type { EventFinder, Found } from "./event-finder.ts";

const ID: Parameter = {
  name: "id",
  in: "path",
  description: "GDELT's number of the event (GlobalEventID).",
  schema: { type: "string", pattern: "^[0-9]{1,15}$" },
};

const row = mapOf(anything);

const eventSchema = object({
  id: integer,
  foundIn: oneOf("state", "mart", "lake"),
  owner: orNull(object({ replica: text, thread: text, task: text })),
  status: oneOf("open", "waiting", "complete", "incomplete", "orphaned"),
  sentence: orNull(text),
  event: orNull(row),
  mentions: array(row),
  mentionCount: integer,
  documents: array(row),
});

const stepSchema = object({
  ...{ at: orNull(text), state: text, reason: orNull(text) },
  where: oneOf("state", "mart", "lake"),
});

const REFUSED = {
  404: { description: "Nobody knows of it.", schema: errorSchema },
  503: {
    description: "Nobody who could be asked knows of it, and others could not.",
    schema: errorSchema,
  },
};

/** What is known of single events. */
export const eventRoutes = (finder: EventFinder): readonly Route[] => [
  {
    path: "/events/{id}",
    operation: {
      summary: "An event with its mentions, from the state of who has it, the mart or the lake.",
      parameters: [ID, SELF],
      responses: {
        200: {
          description:
            "`event` and `mentions` have the columns of silver.events and silver.mentions. From the state it is what a close would make of it now; `open`: its slice has not closed yet; `orphaned`: only mentions speak of it.",
          schema: eventSchema,
        },
        ...REFUSED,
      },
    },
    answer: ({ query }, name) =>
      answered(
        name,
        async (id) => await finder.event(id, query.has("self")),
        (found) => found,
      ),
  },
  {
    path: "/audit/{id}",
    operation: {
      summary: "What has become of an event, step by step.",
      parameters: [ID, SELF],
      responses: {
        200: {
          description:
            "By time. `unasked` says who could not be asked, so that steps may be missing.",
          schema: object({ id: integer, steps: array(stepSchema), unasked: array(text) }),
        },
        ...REFUSED,
      },
    },
    answer: ({ query }, name) =>
      answered(
        name,
        async (id) => await finder.steps(id, query.has("self")),
        (steps, id, unasked) => ({ id, steps, unasked }),
      ),
  },
];

async function answered<T>(
  name: string,
  find: (id: number) => Promise<Found<T>>,
  body: (found: T, id: number, unasked: readonly string[]) => unknown,
): Promise<Answer> {
  // More digits than a double holds exactly are nobody's number.
  if (!/^\d{1,15}$/.test(name)) {
    return json(400, { error: `a GlobalEventID is a number of up to 15 digits, not "${name}"` });
  }
  const id = Number(name);
  const { found, unasked } = await find(id);
  if (found !== null) return json(200, body(found, id, unasked));
  const error = [`nobody who was asked knows of event ${id}`, ...unasked].join("; ");
  return json(unasked.length === 0 ? 404 : 503, { error });
}
