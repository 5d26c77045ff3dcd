import type { PublishedSlices } from "../../ingest/slice-index.ts";
import type { Clock } from "../../record/clock.ts";
import type { BackfillOptions } from "./backfill-options.ts";
import { type BackfillPlace, placeOf, publishedAt } from "./backfill-place.ts";
import { type BackfillPlan, planOf } from "./backfill-plan.ts";
import { type BackfillProgress, type BackfillSummary, Tally } from "./backfill-tally.ts";
import { type BackfillWork, intoKafka, intoTables } from "./backfill-work.ts";
import { FileReaders } from "./file-readers.ts";
import { openArchive } from "./open-archive.ts";
import { slicesAhead } from "./slices-ahead.ts";
import { Survey } from "./survey.ts";

const AHEAD_BYTES_MAX = 192 * 1024 * 1024;

export interface BackfillHooks {
  readonly userAgent: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  onPlan(plan: BackfillPlan): void;
  onProgress(progress: BackfillProgress): void;
}

/**
 * Publishes a range of slices of an archive in time order, and joins it. What was published before is
 * neither read nor done again, so that it goes on after whatever has ended it; holes are passed over.
 * null: it was only to be planned.
 */
export async function backfill(
  options: BackfillOptions,
  clock: Clock,
  hooks: BackfillHooks,
  stop: AbortSignal,
): Promise<BackfillSummary | null> {
  const place = placeOf(options, hooks.environment);
  const { feeds } = place;
  const archivePlace = { source: options.source, feeds, userAgent: hooks.userAgent };
  const archive = await openArchive(archivePlace);
  const range = { fromMs: options.fromMs, toMs: options.toMs };
  const survey = new Survey(range, feeds);
  await archive.survey(range, (file) => survey.add(file), stop);
  const published = await publishedAt(place, clock);
  const isDone = (sliceMs: number) => isPublished(published, sliceMs);
  const { target, retentionDays } = options;
  const out = target.kind === "tables" && target.tables === null ? target.out : null;
  const plan = await planOf(survey, { isDone, retentionDays, out });
  hooks.onPlan(plan);
  if (options.dryRun) return null;
  const work = await openWork(options, place, clock);
  const readers = new FileReaders(archivePlace, options.threads);
  try {
    const ahead = slicesAhead(
      {
        ...{ archive, range, feeds, isDone },
        read: (file) => readers.read(file),
        aheadBytesMax: AHEAD_BYTES_MAX,
      },
      stop,
    );
    const tally = new Tally(survey, plan.bytes_left, clock);
    for await (const slice of ahead) {
      if (stop.aborted) break;
      hooks.onProgress(tally.add(slice.slice, await work.take(slice, stop), slice.absences.size));
    }
    await work.finish();
    return tally.summary(stop.aborted);
  } finally {
    await readers.close();
    await work.close();
  }
}

const openWork = (
  { target }: BackfillOptions,
  place: BackfillPlace,
  clock: Clock,
): Promise<BackfillWork> =>
  target.kind === "tables"
    ? intoTables(target, place, clock)
    : intoKafka(place, place.replicas!, clock);

/** One that is published in part is finished first, by whatever is there of it now. */
const isPublished = (published: PublishedSlices | null, sliceMs: number): boolean =>
  published !== null && !published.open.has(sliceMs) && published.publishedFeeds(sliceMs) !== null;
