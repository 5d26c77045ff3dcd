import type { Database } from "../../sinks/postgres/database.ts";
import { openPgDatabase } from "../../sinks/postgres/pg-database.ts";
import { isS3Url } from "../../state/s3/s3-location.ts";
import type { Settings } from "../config/catalogue.ts";
import type { EventPlace } from "../inspector/events/event-rows.ts";
import { LakeEvents } from "../inspector/events/lake-events.ts";
import { MartEvents } from "../inspector/events/mart-events.ts";
import { ask, type MartAnswer, type MartQuestion } from "../mart-question.ts";

/**
 * Where a replica looks for events that have left the state. The mart has a connection of its own, from
 * the first question on; tables in a bucket are not read for a question.
 */
export function eventPlaces(settings: Settings): {
  readonly places: readonly EventPlace[];
  /** Asks the mart; null: there is none. */
  readonly askMart: ((question: MartQuestion) => Promise<MartAnswer>) | null;
  close(): Promise<void>;
} {
  const { "mart.url": url, "lake.enabled": hasLake, "lake.location": lake } = settings;
  let database: Database | null = null;
  const askAt = (address: string) => (question: MartQuestion) => {
    database ??= openPgDatabase(address);
    return ask(database, question);
  };
  const askMart = url === null ? null : askAt(url);
  return {
    places: [
      ...(askMart === null ? [] : [new MartEvents(askMart)]),
      ...(!hasLake || isS3Url(lake) ? [] : [new LakeEvents(lake)]),
    ],
    askMart,
    close: async () => await database?.close(),
  };
}
