/** How soon something that has failed is tried again. */
export interface RetryPolicy {
  /** The wait after the first failure; it doubles with each. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after so many failures in a row. Half of the wait is random (`random` gives
 * numbers from 0 to 1), so that those whom one outage has stopped do not come back at once. What the
 * server asks for (`retryAfterMs`) is granted, up to the longest wait.
 */
export function retryDelayMs(
  { firstMs, longestMs }: RetryPolicy,
  failures: number,
  random: () => number,
  retryAfterMs: number | null,
): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 52));
  const jitteredMs = (fullMs / 2) * (1 + random());
  return Math.round(Math.max(jitteredMs, Math.min(retryAfterMs ?? 0, longestMs)));
}
