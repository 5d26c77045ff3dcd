import { type JsonRow, jsonRow } from "../../../gdelt/json-row.ts";
import {
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../../../gdelt/silver-schema.ts";
import type { LakeSql } from "../../../lake-sql/lake-sql.ts";
import { MENTIONS_MAX } from "../thread-questions.ts";
import type { EventPlace, EventRows, Step } from "./event-rows.ts";
import { committedStep, lifecycleStep } from "./place-steps.ts";

type Schema = typeof silverEventsSchema;

/**
 * What the tables in a folder know of events. They are opened for each question, and one question is
 * answered at a time: it takes hundreds of MiB.
 */
export class LakeEvents implements EventPlace {
  readonly name = "lake";
  readonly #folder: string;
  #isReading = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  rows(id: number): Promise<EventRows | null> {
    return this.#read(async (lake) => {
      const [event = null] = await newest(lake, silverEventsSchema, "silver/events", id);
      const mentions = await newest(lake, silverMentionsSchema, "silver/mentions", id);
      if (event === null && mentions.length === 0) return null;
      return {
        event,
        mentions: mentions.slice(0, MENTIONS_MAX),
        mentionCount: mentions.length,
        isOpen: false,
      };
    });
  }

  steps(id: number): Promise<readonly Step[]> {
    return this.#read(async (lake) => {
      const reached = lake.tables.has("audit/lifecycle")
        ? await lake.query(`
            SELECT * FROM ${lake.rows("audit/lifecycle")} WHERE ${of(id)}
            ORDER BY generation, reached_at, state <> 'WAITING'`)
        : [];
      const [event = null] = await newest(lake, silverEventsSchema, "silver/events", id);
      return [
        ...reached.map((row) =>
          lifecycleStep(
            jsonRow(lifecycleSchema, (n) => row[n]),
            "lake",
          ),
        ),
        ...(event === null ? [] : [committedStep(event, "lake")]),
      ];
    });
  }

  async #read<T>(work: (lake: LakeSql) => Promise<T>): Promise<T> {
    if (this.#isReading) throw new Error("it is being read for another question");
    this.#isReading = true;
    try {
      // Loaded only where it is needed: DuckDB is large.
      const { mustBeWhole, withLake } = await import("../../lake-reader.ts");
      return await withLake(this.#folder, async (lake) => {
        mustBeWhole(lake);
        return await work(lake);
      });
    } finally {
      this.#isReading = false;
    }
  }
}

/** Of each key the newest row. */
async function newest(
  lake: LakeSql,
  schema: Schema,
  folder: "silver/events" | "silver/mentions",
  id: number,
): Promise<JsonRow[]> {
  if (!lake.tables.has(folder)) return [];
  const key = folder === "silver/events" ? "global_event_id" : "mention_key";
  const rows = await lake.query(`
    SELECT * FROM ${lake.rows(folder)} WHERE ${of(id)}
    QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY generation DESC, revision DESC) = 1
    ORDER BY ${key}`);
  return rows.map((row) => jsonRow(schema, (name) => row[name]));
}

const of = (id: number): string => `global_event_id = ${id}`;
