import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_KINDS } from "./faults.ts";
import { checkSimulation, type Simulation } from "./simulate.ts";

/** Small, and with all that a commit does: blocks, output, tables, deletions. */
const SMALL: Simulation = {
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

/** The points of a commit, and of taking a task over, which a crash has to be tried at. */
const NAMED = [
  "log.producer",
  "log.committed",
  "log.read",
  "store.get",
  "store.list",
  "store.put",
  "store.delete",
  "producer.send",
  "producer.sendOffsets",
  "producer.commit",
  "table.open",
  "table.commit",
];

test("a run that fails once, at any call and in any way, comes to the same tables", async () => {
  const { outcome } = await checkSimulation(SMALL);
  const tried = new Set<string>();
  for (const kind of FAULT_KINDS) {
    for (let gap = 0; gap < outcome.calls; gap++) {
      // The second fault comes soon after the first: a start is interrupted too.
      const faults = [{ gap, kind }, ...(gap % 4 === 0 ? [{ gap: gap % 60, kind }] : [])];
      const { outcome: disturbed } = await checkSimulation({
        ...SMALL,
        run: { ...SMALL.run, faults },
      });
      for (const hit of disturbed.hits) tried.add(hit.split(" ").slice(3).join(" "));
    }
  }
  for (const name of NAMED) {
    for (const kind of FAULT_KINDS) assert(tried.has(`${name}: ${kind}`), `${name}: ${kind}`);
  }
});
