/** What a group of the second join had emitted when a slice closed; a chain holds one per close. */
export const STATUSES = ["", "WAITING", "SILVER_COMPLETE", "EXPIRED"] as const;
export const NO_EVENT = 0;
export const WAITING = 1;
export const COMPLETE = 2;
export const EXPIRED = 3;

/** Why a mention has no event. Later reasons may replace earlier ones, never the other way. */
export const ORPHAN_REASONS = [
  "",
  "older_than_retention",
  "before_start",
  "slice_missing",
  "foreign_stream",
] as const;
export const NO_REASON = 0;
export const OLDER_THAN_RETENTION = 1;
export const BEFORE_START = 2;
export const SLICE_MISSING = 3;
export const FOREIGN_STREAM = 4;

const BYTES = 24;

export interface Emission {
  readonly revision: number;
  readonly status: number;
  readonly reason: number;
  readonly sliceMs: number;
  /** Clock time at which the event was first complete, NaN before. */
  readonly completedAtMs: number;
}

const scratch = new DataView(new ArrayBuffer(BYTES));
const scratchBytes = new Uint8Array(scratch.buffer);

/** int32 revision · uint8 status · uint8 reason · 2 unused · float64 slice · float64 completed at. */
export function encodeEmission(emission: Emission): Uint8Array {
  scratch.setInt32(0, emission.revision, true);
  scratch.setUint8(4, emission.status);
  scratch.setUint8(5, emission.reason);
  scratch.setFloat64(8, emission.sliceMs, true);
  scratch.setFloat64(16, emission.completedAtMs, true);
  return scratchBytes;
}

export const emissionSlice = (view: DataView, at: number): number => view.getFloat64(at + 8, true);

export const decodeEmission = (view: DataView, at: number): Emission => ({
  revision: view.getInt32(at, true),
  status: view.getUint8(at + 4),
  reason: view.getUint8(at + 5),
  sliceMs: emissionSlice(view, at),
  completedAtMs: view.getFloat64(at + 16, true),
});
