import { statfs } from "node:fs/promises";
import path from "node:path";
import { stampOf } from "../../gdelt/feeds.ts";
import type { Gap, Survey } from "./survey.ts";

/**
 * What was measured on two cores (docs/backfill.md): zips joined a second, and bytes on the disk for
 * each of zips: the tables, and what one retention of them needs beside. Before it has begun there is
 * nothing better; the time left is told by its own pace.
 */
const ZIPPED_BYTES_PER_SECOND = 12e6;
const TABLE_BYTES_PER_ZIPPED = 0.2;
const WORK_BYTES_PER_ZIPPED = 5.5;

const DAY_SLICES = 96;

/** What a backfill is about to do. */
export interface BackfillPlan {
  readonly from: string;
  readonly to: string;
  readonly slices: Readonly<Record<"in_range" | "found" | "done", number>>;
  readonly files: number;
  /** Of slices that are there, files that are not, by feed. */
  readonly missing: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** Of these, of slices that are not done yet. */
  readonly bytes_left: number;
  readonly gaps: readonly Gap[];
  readonly expected_seconds: number;
  /** null: it goes into Kafka, or the tables are elsewhere. */
  readonly disk: {
    readonly table_bytes: number;
    /** The log and state of one retention, which go again. */
    readonly work_bytes: number;
    readonly free_bytes: number;
  } | null;
}

export interface PlanOptions {
  readonly isDone: (sliceMs: number) => boolean;
  readonly retentionDays: number;
  /** Where the tables go; null: into Kafka, or where no one can tell what is free. */
  readonly out: string | null;
}

export async function planOf(survey: Survey, options: PlanOptions): Promise<BackfillPlan> {
  const { fromMs, toMs } = survey.range;
  const { done, bytes } = survey.done(options.isDone);
  const bytesLeft = survey.bytes - bytes;
  return {
    from: stampOf(fromMs),
    to: stampOf(toMs),
    slices: { in_range: survey.slicesWanted, found: survey.slicesFound, done },
    files: survey.files,
    missing: survey.missing,
    bytes: survey.bytes,
    bytes_left: bytesLeft,
    gaps: survey.gaps(),
    expected_seconds: Math.round(bytesLeft / ZIPPED_BYTES_PER_SECOND),
    disk: options.out === null ? null : await diskOf(survey, bytesLeft, options.out, options),
  };
}

async function diskOf(
  survey: Survey,
  bytesLeft: number,
  out: string,
  { retentionDays }: PlanOptions,
): Promise<BackfillPlan["disk"]> {
  const perSlice = survey.bytes / Math.max(1, survey.slicesFound);
  const slicesKept = Math.min(survey.slicesFound, retentionDays * DAY_SLICES);
  const { bavail, bsize } = await statfs(await firstThatIsThere(out));
  return {
    table_bytes: Math.round(bytesLeft * TABLE_BYTES_PER_ZIPPED),
    work_bytes: Math.round(perSlice * slicesKept * WORK_BYTES_PER_ZIPPED),
    free_bytes: bavail * bsize,
  };
}

/** The folder may not have been made yet. */
async function firstThatIsThere(place: string): Promise<string> {
  for (let at = path.resolve(place); ; at = path.dirname(at)) {
    const isThere = await statfs(at).then(
      () => true,
      () => false,
    );
    if (isThere || at === path.dirname(at)) return at;
  }
}
