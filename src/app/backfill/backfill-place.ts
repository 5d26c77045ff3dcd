import { existsSync } from "node:fs";
import type { PublishedSlices } from "../../ingest/slice-index.ts";
import { publishedIn } from "../../ingest/slice-publisher.ts";
import type { Clock } from "../../record/clock.ts";
import type { Settings } from "../config/catalogue.ts";
import { loadConfiguration } from "../config/configuration.ts";
import { kafkaConnection } from "../config/kafka-connection.ts";
import { type LogPlace, openLog } from "../log-place.ts";
import { feedsFor, logFolder } from "../publishing.ts";
import type { BackfillOptions } from "./backfill-options.ts";

const DAY_MS = 24 * 3_600_000;

/** Where a backfill goes, and what is the same for all who publish there. */
export interface BackfillPlace {
  readonly log: LogPlace;
  readonly feeds: readonly string[];
  readonly retentionMs: number;
  /** Of the replicas that join what is published; null: it is joined here. */
  readonly replicas: Settings | null;
}

/** @throws ConfigError when the configuration cannot be used. */
export function placeOf(
  { target, translation, retentionDays }: BackfillOptions,
  environment: Readonly<Record<string, string | undefined>>,
): BackfillPlace {
  if (target.kind === "tables") {
    return {
      log: { kind: "folder", folder: target.out },
      feeds: feedsFor(translation),
      retentionMs: retentionDays * DAY_MS,
      replicas: null,
    };
  }
  const { settings } = loadConfiguration({ file: target.config, environment });
  return {
    log: { kind: "kafka", connection: kafkaConnection(settings) },
    feeds: feedsFor(settings.translation),
    retentionMs: settings["silver.event.retention"],
    replicas: settings,
  };
}

/** What was published there before; nothing is made for that. */
export async function publishedAt(
  { log: place, feeds, retentionMs }: BackfillPlace,
  clock: Clock,
): Promise<PublishedSlices | null> {
  if (place.kind === "folder" && !existsSync(logFolder(place.folder))) return null;
  const log = await openLog(place, clock);
  try {
    return await publishedIn(log, { feeds, retentionMs });
  } finally {
    await log.close();
  }
}
