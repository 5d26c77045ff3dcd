/** Time as a parameter: the runtime runs under a simulated clock in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}
