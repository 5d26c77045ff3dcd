import type { Database } from "../../sinks/postgres/database.ts";
import { openPgDatabase } from "../../sinks/postgres/pg-database.ts";
import { isS3Url } from "../../state/s3/s3-location.ts";
import type { Settings } from "../config/catalogue.ts";
import type { EventPlace } from "../inspector/events/event-rows.ts";
import { LakeEvents } from "../inspector/events/lake-events.ts";
import { MartEvents } from "../inspector/events/mart-events.ts";
import { ask } from "../mart-question.ts";

/**
 * Where a replica looks for events that have left the state. The mart has a connection of its own, from
 * the first question on; tables in a bucket are not read for a question.
 */
export function eventPlaces(settings: Settings): {
  readonly places: readonly EventPlace[];
  close(): Promise<void>;
} {
  const { "mart.url": url, "lake.enabled": hasLake, "lake.location": lake } = settings;
  let database: Database | null = null;
  const mart = (address: string) =>
    new MartEvents((question) => {
      database ??= openPgDatabase(address);
      return ask(database, question);
    });
  return {
    places: [
      ...(url === null ? [] : [mart(url)]),
      ...(!hasLake || isS3Url(lake) ? [] : [new LakeEvents(lake)]),
    ],
    close: async () => await database?.close(),
  };
}
