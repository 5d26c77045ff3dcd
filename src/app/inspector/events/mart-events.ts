import { type JsonRow, jsonRow } from "../../../gdelt/json-row.ts";
import {
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../../../gdelt/silver-schema.ts";
import type { MartAnswer, MartQuestion } from "../../mart-question.ts";
import { MENTIONS_MAX } from "../thread-questions.ts";
import type { EventPlace, EventRows, Step } from "./event-rows.ts";
import { committedStep, lifecycleStep } from "./place-steps.ts";

/** People wait for it. */
const TIMEOUT_MS = 3000;

type Schema = typeof silverEventsSchema;

/** What the mart knows of events; `ask` asks it. */
export class MartEvents implements EventPlace {
  readonly name = "mart";
  readonly #ask: (question: MartQuestion) => Promise<MartAnswer>;

  constructor(ask: (question: MartQuestion) => Promise<MartAnswer>) {
    this.#ask = ask;
  }

  async rows(id: number): Promise<EventRows | null> {
    const [event = null] = await this.#select(
      silverEventsSchema,
      `silver.events t where ${of(id)}`,
    );
    const mentions = await this.#select(
      silverMentionsSchema,
      `silver.mentions t where ${of(id)} order by mention_key limit ${MENTIONS_MAX}`,
    );
    if (event === null && mentions.length === 0) return null;
    const [[count]] = (await this.#rows(
      `select count(*) from silver.mentions where ${of(id)}`,
    )) as [[string]];
    return { event, mentions, mentionCount: Number(count), isOpen: false };
  }

  async steps(id: number): Promise<readonly Step[]> {
    const reached = await this.#select(
      lifecycleSchema,
      `ops.lifecycle t where ${of(id)} order by generation, reached_at, state <> 'WAITING'`,
    );
    const [event = null] = await this.#select(
      silverEventsSchema,
      `silver.events t where ${of(id)}`,
    );
    return [
      ...reached.map((row) => lifecycleStep(row, "mart")),
      ...(event === null ? [] : [committedStep(event, "mart")]),
    ];
  }

  async #select(schema: Schema, from: string): Promise<JsonRow[]> {
    const rows = await this.#rows(`select to_jsonb(t) from ${from}`);
    return rows.map(([text]) => {
      const values = JSON.parse(text!) as Record<string, unknown>;
      return jsonRow(schema, (name) => values[name]);
    });
  }

  async #rows(sql: string): Promise<MartAnswer["rows"]> {
    const { rows } = await this.#ask({ sql, rowsMax: MENTIONS_MAX, timeoutMs: TIMEOUT_MS });
    return rows;
  }
}

const of = (id: number): string => `global_event_id = ${id}`;
