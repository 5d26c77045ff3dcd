/**
 * A range of a store's append-only state, as a checkpoint keeps it. Sections of a segment, taken in
 * order, are the segment.
 */
export interface Section {
  readonly store: string;
  /** Which segment of the store. */
  readonly segment: number;
  /** Logical position of the first byte in the segment. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** A live segment and its length, which a restore has to reach exactly. */
export interface SegmentLength {
  readonly segment: number;
  readonly length: number;
}

/**
 * State of one task under one name. All writing is synchronous and in memory; the task cuts what
 * was written since the last commit, stores it, and says `committed`, or `rollback`s all of it.
 */
export interface Store {
  readonly name: string;
  /** What was appended since the last commit; views, valid until the next write. */
  cut(): Section[];
  /** Segments that a checkpoint taken now has to hold. */
  live(): SegmentLength[];
  /** The last `cut` is durable: it is what a rollback goes back to. */
  committed(): void;
  /** Forgets everything since the last commit. */
  rollback(): void;
  /** Appends a section of a checkpoint; sections come in the order in which they were cut. */
  restore(section: Section): void;
  /** Bytes of live state, in memory or on disk. */
  readonly bytes: number;
  /** Bytes held in memory. */
  readonly residentBytes: number;
  /** Entries in live segments. */
  readonly entries: number;
  /** Releases memory and local files. */
  close(): void;
}
