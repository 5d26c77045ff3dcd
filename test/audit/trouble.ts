import type { ScenarioSpec } from "../simulation/scenario.ts";
import type { RunSpec } from "../simulation/world.ts";

const NEVER = 1e12;

/**
 * Slices with everything that may be wrong with them: files that are missing, rejected, late, or
 * come a second time; rows that are doubled or cannot be parsed; events that expire.
 */
export const TROUBLE: { readonly scenario: ScenarioSpec; readonly run: RunSpec } = {
  scenario: {
    seed: 37,
    slices: [0, 1, 2, 3],
    events: 6,
    translation: false,
    arrival: "late",
    retentionSlices: 768,
    close: true,
  },
  // One commit a table and partition, so that a table is a file or two.
  run: {
    partitions: 2,
    replicas: 0,
    standbys: 0,
    restarts: 0,
    keyed: true,
    seed: 1,
    stalls: 0,
    fetchBytesMax: 1 << 22,
    commit: {
      closedMs: NEVER,
      intervalMs: NEVER,
      outputBytesMax: NEVER,
      tableBytesMax: NEVER,
      tableIntervalMs: NEVER,
    },
    storeBytesMax: 1 << 24,
    documentRetentionSlices: 8,
    faults: [],
  },
};
