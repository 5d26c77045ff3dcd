/**
 * The end of one *slice* of a stream: its publisher promises that nothing more of this attempt at
 * the slice follows in this partition. It is to batches of files what a watermark is to records.
 */
export interface SliceEnd {
  /** Start of the slice, milliseconds since the epoch; `END_OF_STREAM` closes every slice. */
  readonly sliceMs: number;
  /** 1 for the first publication; a file that turns up later re-opens the slice as the next. */
  readonly attempt: number;
  /** Who says so: a feed ("mentions"), or the upstream task of a repartition ("0_3"). */
  readonly from: string;
  /** Rows which this attempt put into this partition. */
  readonly rows: number;
  /** Feeds known not to have been published in this slice so far. */
  readonly missing: readonly string[];
}

/** The stamp of the last slice there will ever be: ends every window. */
export const END_OF_STREAM = 8_640_000_000_000_000;
