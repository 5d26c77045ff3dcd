import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comparison, Evidence } from "../evidence.ts";
import { INVARIANTS } from "./all-invariants.ts";
import { batchOf, commitOf, manifestOf, partitionOf, soundEvidence } from "./sound-evidence.ts";

const sound = soundEvidence();
const [none, first, second] = sound.commits as [
  Evidence["commits"][number],
  Evidence["commits"][number],
  Evidence["commits"][number],
];
const restored = sound.restored[0]!;
const differs = (what: string): readonly Comparison[] =>
  sound.comparisons.map((found) =>
    found.what === what ? { ...found, equal: false, differences: [`${what} differs`] } : found,
  );
const without = (what: string) => sound.comparisons.filter((found) => found.what !== what);
const onlyA = new Map([["a-0", { offset: 10, metadata: "1-cafe" }]]);
const twoNames = new Map([
  ["a-0", { offset: 10, metadata: "1-cafe" }],
  ["b-0", { offset: 10, metadata: "2-cafe" }],
]);
const elsewhere = new Map([["z-0", { offset: 1, metadata: "1-cafe" }]]);
const halfway = { ...partitionOf("out", [{ ...batchOf(0, 3), outcome: "open" as const }]) };

/** What is wrong with a run, and what the invariant that has to notice it says. */
const PLANTED: readonly (readonly [string, string, Partial<Evidence>, RegExp])[] = [
  ["I1", "a row is not in Bronze", { comparisons: differs("bronze") }, /bronze differs/],
  ["I1", "Bronze was not looked at", { comparisons: without("bronze") }, /not compared/],
  ["I1", "a row has no fate", { auditFindings: ["1 event is nowhere"] }, /nowhere/],
  [
    "I2",
    "a row is twice in a topic",
    { doubled: [{ where: "kafka silver/events", key: "(5, 1, 1)", times: 2 }] },
    /kafka silver\/events has \(5, 1, 1\) 2 times/,
  ],
  ["I3", "one input is missing", { commits: [none, { ...first, positions: onlyA }] }, /a-0 and no/],
  ["I3", "inputs disagree", { commits: [none, { ...first, positions: twoNames }] }, /1-cafe and 2/],
  ["I3", "nobody reads that", { commits: [{ ...first, positions: elsewhere }] }, /of no task: z-0/],
  ["I3", "without a transaction", { commits: [{ ...first, outcome: "plain" }] }, /without a trans/],
  [
    "I3",
    "a manifest was never stored",
    { manifests: [manifestOf(1, 1000)] },
    /2-cafe, which was n/,
  ],
  [
    "I3",
    "a manifest is damaged",
    { manifests: [manifestOf(1, 1000), { ...manifestOf(2, 2000), isWhole: false }] },
    /2-cafe, whose bytes/,
  ],
  ["I3", "no checkpoint in the end", { restored: [] }, /names no checkpoint/],
  [
    "I3",
    "a block is gone",
    { restored: [{ ...restored, problem: "block missing" }] },
    /block miss/,
  ],
  ["I4", "state is lost", { restored: [{ ...restored, holds: [] }] }, /0_0 lacks store s/],
  ["I4", "state is too much", { restored: [{ ...restored, holds: ["more"] }] }, /0_0 has more/],
  ["I4", "nothing was recomputed", { recomputed: [] }, /nothing was recomputed/],
  ["I5", "positions go back", { commits: [none, second, first] }, /a-0 went back from 20 to 10/],
  [
    "I5",
    "the end is not reached",
    { commits: [none, first] },
    /b-0 is committed to 10, and ends at/,
  ],
  [
    "I6",
    "stream time goes back",
    { manifests: [manifestOf(1, 3000), manifestOf(2, 2000)] },
    /task 0_0 went back from .*03\.000Z.*02\.000Z/,
  ],
  [
    "I7",
    "a fenced owner's rows count",
    { topics: [partitionOf("out", [batchOf(1, 3), batchOf(0, 9)])] },
    /out-0 has rows of epoch 0 at 9, after those of 1/,
  ],
  [
    "I7",
    "a fenced owner commits",
    { commits: [none, commitOf(1, 10, "1-cafe"), commitOf(0, 20, "2-cafe")] },
    /epoch 0 has committed after epoch 1/,
  ],
  [
    "I7",
    "two lines of commits",
    { commits: [none, first, commitOf(1, 20, "1-beef")] },
    /checkpoint 1-beef follows number 1/,
  ],
  ["I8", "a drop is not counted", { expectedDrops: { late: 1 } }, /late: 1 rows, and .* count 0/],
  ["I8", "a dead letter is lost", { deadLetters: { topic: 2, table: 1 } }, /2 dead.* table has 1/],
  ["I9", "the batch join differs", { comparisons: differs("oracle") }, /oracle differs/],
  ["I9", "Kafka differs from Delta", { comparisons: differs("topics") }, /topics differs/],
  [
    "I9",
    "the mart differs",
    { comparisons: [...sound.comparisons, { what: "mart", equal: false, differences: ["m"] }] },
    /^m$/,
  ],
  ["I9", "nothing was compared", { comparisons: [] }, /oracle: not compared/],
  ["I10", "a transaction is open", { topics: [halfway] }, /out-0 .* 1 batches are of open/],
  ["I10", "readers are held up", { topics: [{ ...halfway, stableEnd: 3 }] }, /readers get to 3/],
  [
    "I11",
    "it does not come back",
    { recovery: { runningS: null, lagZeroS: 12, secondsMax: 10 } },
    /all RUNNING never.*\n.*no lag after 12 s/,
  ],
  [
    "I12",
    "memory grows",
    { samples: [{ replica: "replica-1", rssBytes: 2e9, handles: 60 }] },
    /1907 MiB/,
  ],
  [
    "I12",
    "handles are left open",
    { samples: [{ replica: "replica-1", rssBytes: 1, handles: 9000 }] },
    /9000 handles/,
  ],
  ["I12", "the disk fills", { diskBytes: 1e12 }, /MiB on disk/],
  ["I12", "garbage is left", { checkpointObjects: new Map([["0_0", 900]]) }, /are 900 objects/],
  ["I12", "nothing was measured", { samples: [] }, /nothing was measured/],
  ["I13", "a seed gives another load", { loads: ["x", "z"] }, /loads differ: x, z/],
  ["I13", "a load gives other tables", { outputs: ["y", "w"] }, /outputs differ/],
];

test("nothing is wrong with a run in which nothing was planted", () => {
  const found = INVARIANTS.flatMap(({ violations }) => violations(sound));
  assert.deepEqual(found, []);
});

test("every invariant is violated by something that is planted here", () => {
  const planted = new Set(PLANTED.map(([id]) => id));
  assert.deepEqual(
    [...planted],
    INVARIANTS.map(({ id }) => id),
  );
});

for (const [id, what, change, says] of PLANTED) {
  test(`${id} notices it: ${what}`, () => {
    const { violations } = INVARIANTS.find((invariant) => invariant.id === id)!;
    assert.match(violations({ ...sound, ...change }).join("\n"), says);
  });
}
