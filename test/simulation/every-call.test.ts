import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_KINDS, type Fault, type FaultKind } from "./faults.ts";
import { checkSimulation } from "./simulate.ts";
import { SMALL } from "./small.ts";

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

/** The call fails; and for some calls: the process dies there, and its next start is disturbed. */
const plans = (gap: number, kind: FaultKind): Fault[][] => [
  [{ gap, kind }],
  ...(gap % 4 === 0
    ? [
        [
          { gap, kind: "crash-before" as const },
          { gap: gap % 60, kind },
        ],
      ]
    : []),
];

test("a run that fails once, at any call and in any way, comes to the same tables", async () => {
  const { outcome } = await checkSimulation(SMALL);
  const tried = new Set<string>();
  for (const kind of FAULT_KINDS) {
    for (let gap = 0; gap < outcome.calls; gap++) {
      for (const faults of plans(gap, kind)) {
        const run = { ...SMALL.run, faults };
        const { outcome: disturbed } = await checkSimulation({ ...SMALL, run });
        for (const hit of disturbed.hits) tried.add(hit.split(" ").slice(3).join(" "));
      }
    }
  }
  for (const name of NAMED) {
    for (const kind of FAULT_KINDS) assert(tried.has(`${name}: ${kind}`), `${name}: ${kind}`);
  }
});
