/*
 * What the pipeline promises. Metrics count against it, rules and boards are made of it, so that the
 * three never differ.
 */

/** A slice's rows are in a table this long after its stamp: before the next slice is due. */
export const FRESH_SECONDS = 900;

/**
 * A slice that is older when it has come is of a backfill or a replay, which nobody promised to be fresh.
 */
export const BACKFILL_SECONDS = 86_400;
