export interface BackOff {
  /** Bound of the first wait; that of each further one is twice as large. */
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * How long to wait after so many failures in a row: a random part of the bound, so that those who
 * failed together do not come back together. `random` is in [0, 1).
 */
export const backOffMs = (
  failures: number,
  { firstMs, mostMs }: BackOff,
  random: () => number,
): number => random() * Math.min(mostMs, firstMs * 2 ** (failures - 1));
