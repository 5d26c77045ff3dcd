import type { Simulation } from "./simulate.ts";

/** Small, and with all that a commit does: blocks, output, tables, deletions. */
export const SMALL: Simulation = {
  scenario: {
    seed: 3,
    slices: [0, 1, 2, 3],
    events: 2,
    translation: false,
    arrival: "in-order",
    retentionSlices: 1,
    close: false,
  },
  run: {
    partitions: 2,
    replicas: 0,
    standbys: 0,
    restarts: 0,
    keyed: true,
    seed: 1,
    stalls: 0,
    fetchBytesMax: 20_000,
    commit: {
      closedMs: 0,
      intervalMs: 1e12,
      outputBytesMax: 1e12,
      tableBytesMax: 1,
      tableIntervalMs: 1e12,
    },
    storeBytesMax: 0,
    documentRetentionSlices: 0,
    faults: [],
  },
};
