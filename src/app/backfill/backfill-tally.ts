import type { PublishedSlice } from "../../ingest/slice-publisher.ts";
import type { Clock } from "../../record/clock.ts";
import type { Survey } from "./survey.ts";

/** How far a backfill has come. */
export interface BackfillProgress {
  readonly slice: string;
  /** Bytes of files, as they are in the archive: of this run, of all that it has to do. */
  readonly bytesDone: number;
  readonly bytesToDo: number;
  readonly rows: number;
  readonly seconds: number;
  /** By the pace so far; null before the first slice. */
  readonly secondsLeft: number | null;
}

/** What a backfill ends with; `--json` prints it as it is. */
export interface BackfillSummary {
  readonly slices: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Files that were refused, and those that were listed and not there. */
  readonly rejected: number;
  readonly not_there: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rows_per_second: number;
  readonly mb_per_second: number;
  readonly peak_rss_mb: number;
  readonly interrupted: boolean;
}

/** Counts what a backfill has done. */
export class Tally {
  readonly #survey: Survey;
  readonly #bytesToDo: number;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #rows: Record<string, number> = {};
  #slices = 0;
  #bytes = 0;
  #rejected = 0;
  #notThere = 0;

  constructor(survey: Survey, bytesToDo: number, clock: Clock) {
    this.#survey = survey;
    this.#bytesToDo = bytesToDo;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  /** @param notThere files of it that were listed, and could not be found. */
  add(
    { sliceMs, stamp }: { readonly sliceMs: number; readonly stamp: string },
    { closed }: PublishedSlice,
    notThere: number,
  ): BackfillProgress {
    this.#slices++;
    this.#bytes += this.#survey.bytesOf(sliceMs);
    this.#notThere += notThere;
    for (const { feed, rows, status } of closed) {
      this.#rows[feed] = (this.#rows[feed] ?? 0) + rows;
      if (status === "rejected") this.#rejected++;
    }
    const seconds = this.#seconds;
    const left = this.#bytesToDo - this.#bytes;
    return {
      slice: stamp,
      bytesDone: this.#bytes,
      bytesToDo: this.#bytesToDo,
      rows: this.#allRows,
      seconds,
      secondsLeft: this.#bytes > 0 ? (seconds / this.#bytes) * left : null,
    };
  }

  summary(interrupted: boolean): BackfillSummary {
    const seconds = this.#seconds;
    const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
    return {
      slices: this.#slices,
      rows: this.#rows,
      rejected: this.#rejected,
      not_there: this.#notThere,
      bytes: this.#bytes,
      seconds: Number(seconds.toFixed(3)),
      rows_per_second: Math.round(perSecond(this.#allRows)),
      mb_per_second: Number((perSecond(this.#bytes) / 1e6).toFixed(2)),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      interrupted,
    };
  }

  get #seconds(): number {
    return (this.#clock.nowMs() - this.#startMs) / 1000;
  }

  get #allRows(): number {
    return Object.values(this.#rows).reduce((sum, rows) => sum + rows, 0);
  }
}
