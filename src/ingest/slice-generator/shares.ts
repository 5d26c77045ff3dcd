/** How a stream is made up; the defaults are `MEASURED_SHARES`. */
export interface Shares {
  /** Of mentions of earlier events: those of events 1, 7, 30 and 365 days (UTC) ago. */
  readonly days1: number;
  readonly days7: number;
  readonly days30: number;
  readonly days365: number;
  /** Of mentions of earlier events: those of events which the other stream has, or will have. */
  readonly foreign: number;
  /** Of documents: those known by a citation that is no address and not unique. */
  readonly citations: number;
  /** Of mentioned documents: those with a GKG row. */
  readonly withGkg: number;
  /** Documents with a GKG row which nobody mentions, for each one that is mentioned. */
  readonly unmentioned: number;
  readonly plainHttp: number;
  /** Of addresses: those with `:443`. */
  readonly explicitPort: number;
}

/** As counted over real slices; sums of the day shares agree with 98.9-99.6 % on the same day. */
export const MEASURED_SHARES: Shares = {
  days1: 0.0005,
  days7: 0.008,
  days30: 0.0025,
  days365: 0.0015,
  foreign: 0.0003,
  citations: 0.0015,
  withGkg: 0.95,
  unmentioned: 0.5,
  plainHttp: 0.065,
  explicitPort: 0.014,
};
