import {
  array,
  errorSchema,
  flag,
  integer,
  number,
  object,
  oneOf,
  orNull,
  type Parameter,
  type Schema,
  text,
} from "../../../inspector/http/operation.ts";
import { JSON_TYPE, json, type Route } from "../../../inspector/http/route.ts";
import {
  analysisFilter,
  DAYS_DEFAULT,
  DAYS_MAX,
} from "../../../inspector/page/analysis/analysis-filter.ts";
import { ConfigError, RetriableError } from "../../../record/errors.ts";
import { StatementError } from "../../../sinks/postgres/statement-error.ts";
import type { GoldAnswers } from "./gold-answers.ts";

/** What whoever has no server for the mart is told. */
export const NO_MART =
  "Gold is published to a Postgres server, and this process knows none: give it --mart postgres://…, " +
  "or mart.url, and run gdelt-streams gold run";

const parameter = (name: string, description: string, schema: Schema): Parameter => ({
  ...{ name, in: "query", description, schema },
});

const news = {
  events: integer,
  quads: { ...array(integer), minItems: 4, maxItems: 4 },
  goldstein: orNull(number),
  tone: orNull(number),
};

const schema = object({
  run: object({ id: integer, finishedAt: text, slicesClosed: integer }),
  known: orNull(object({ first: text, last: text })),
  filter: object({
    ...{ from: orNull(text), to: orNull(text), country: orNull(text), theme: orNull(text) },
  }),
  countries: array(object({ code: text, english: text, korean: text, ...news })),
  days: array(object({ day: text, ...news })),
  tones: array(object({ from: integer, events: integer })),
  routes: array(object({ from: text, to: text, events: integer, tone: orNull(number) })),
  themes: array(
    object({
      ...{ theme: text, events: integer, expected: orNull(number), rise: orNull(number) },
      isNew: flag,
    }),
  ),
  stories: array(
    object({
      ...{ id: text, day: text, country: text, sentence: text, mentions: integer },
      ...{ sources: integer, tone: orNull(number), goldstein: orNull(number) },
      ...{ themes: array(text), source: orNull(text), url: orNull(text) },
    }),
  ),
  sources: array(
    object({ kind: oneOf("source", "language"), name: text, mentions: integer, share: number }),
  ),
  quality: object({
    ...{ events: integer, located: integer, complete: integer, themed: integer },
    ...{ mentions: integer, joined: integer, withContext: integer },
  }),
});

/** What Gold says; `gold`: null where there is no server that it is published to. */
export const analysisRoute = (gold: GoldAnswers | null): Route => ({
  path: "/analysis/answer",
  operation: {
    summary:
      "What Gold says of some news days, a country or a theme: what the page /analysis shows.",
    parameters: [
      parameter("days", `News days, ${DAYS_DEFAULT} if it is not said.`, {
        ...{ type: "integer", minimum: 1, maximum: DAYS_MAX },
      }),
      parameter("to", "The last of them; the newest if it is not said.", {
        ...{ type: "string", format: "date" },
      }),
      parameter("country", "Where events took place.", {
        ...{ type: "string", pattern: "^[A-Z]{3}$" },
      }),
      parameter("theme", "What they are about, as GKG names it.", { type: "string" }),
    ],
    responses: {
      200: { description: "All of it is of one run of Gold.", schema },
      503: {
        description:
          "There is no mart, no Gold in it yet, or it cannot be asked; the error says which.",
        schema: errorSchema,
      },
    },
  },
  async answer({ query }) {
    const filter = analysisFilter(query);
    if (typeof filter === "string") return json(400, { error: filter });
    if (gold === null) return json(503, { error: NO_MART });
    try {
      return { status: 200, contentType: JSON_TYPE, body: await gold.answer(filter) };
    } catch (error) {
      if (error instanceof ConfigError) return json(503, { error: error.message });
      if (!(error instanceof RetriableError || error instanceof StatementError)) throw error;
      return json(503, { error: `the mart cannot be asked: ${error.message}` });
    }
  },
});
