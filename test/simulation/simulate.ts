import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { isOrderFree } from "../silver/order-free-counters.ts";
import { type Contents, differences, TABLES } from "./contents.ts";
import { FAULT_KINDS, type Fault } from "./faults.ts";
import type { Scenario, ScenarioSpec } from "./scenario.ts";
import { memoryTables, type Tables } from "./tables.ts";
import { type Outcome, type RunSpec, type Sabotage, World } from "./world.ts";

const NEVER = 1e12;

/** Slices in one go, nothing fails: what every other run has to come to. */
const PLAIN: RunSpec = {
  partitions: 1,
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
};

/** Longer than any scenario, and than most of what is spoken of in one. */
const LONG_SLICES = 8 * 96;

export interface Simulation {
  readonly scenario: ScenarioSpec;
  readonly run: RunSpec;
}

const sometimes = (...values: number[]) => fc.constantFrom(...values);

const fault: fc.Arbitrary<Fault> = fc.record({
  gap: fc.oneof(fc.nat(15), fc.nat(150), fc.nat(1500)),
  kind: fc.constantFrom(...FAULT_KINDS),
});

const run = (documentRetention: fc.Arbitrary<number>): fc.Arbitrary<RunSpec> =>
  fc.record({
    partitions: sometimes(1, 2, 3, 6),
    replicas: fc.constant(0),
    standbys: fc.constant(0),
    restarts: fc.constant(0),
    seed: fc.nat(1e6),
    stalls: sometimes(0, 0.1, 0.5),
    fetchBytesMax: sometimes(1, 1000, 20_000, 1 << 20),
    commit: fc.record({
      closedMs: sometimes(0, 200, NEVER),
      intervalMs: sometimes(0, 50, 1000, NEVER),
      outputBytesMax: sometimes(1, 4000, NEVER),
      tableBytesMax: sometimes(1, 4000, NEVER),
      tableIntervalMs: sometimes(300, NEVER),
    }),
    storeBytesMax: sometimes(0, 3000, 1 << 24),
    documentRetentionSlices: documentRetention,
    faults: fc.array(fault, { maxLength: 8, size: "max" }),
    keyed: fc.boolean(),
  });

const scenario = (of: Partial<ScenarioSpec>) =>
  fc.record({
    // Few of them, so that their plain runs are made once.
    seed: fc.nat(49),
    slices: sometimes(3, 4, 6).map((count) => Array.from({ length: count }, (_, i) => i)),
    events: sometimes(4, 8),
    translation: fc.boolean(),
    arrival: fc.constant(of.arrival!),
    retentionSlices: of.retentionSlices ? fc.constant(of.retentionSlices) : sometimes(1, 2, 3),
    close: fc.boolean(),
  });

/** Shared by replicas that die, stand still and are restarted. */
export const shared = (of: fc.Arbitrary<Simulation>): fc.Arbitrary<Simulation> =>
  fc
    .record({
      of,
      replicas: sometimes(1, 2, 3),
      standbys: sometimes(0, 1),
      restarts: sometimes(0, 0.01, 0.05),
    })
    .map(({ of: { scenario: spec, run: how }, ...sharing }) => ({
      scenario: spec,
      run: { ...how, ...sharing },
    }));

/** Few rows and large batches: what is left is opening, committing and moving. */
export const small = (of: fc.Arbitrary<Simulation>): fc.Arbitrary<Simulation> =>
  of.map(({ scenario: { seed, slices, ...spec }, run: how }) => ({
    scenario: { ...spec, seed: seed % 8, slices: slices.slice(0, 3), events: 2 },
    run: { ...how, partitions: Math.min(2, how.partitions), fetchBytesMax: 1 << 20 },
  }));

/** Slices, feeds and files that come late, or twice. */
export const lateSimulation: fc.Arbitrary<Simulation> = fc.record({
  scenario: scenario({ arrival: "late", retentionSlices: LONG_SLICES }),
  // Not less: a file that comes again would find its slice's documents gone.
  run: run(fc.constant(8)),
});

/** Slices in time order. Where events expire in between, what comes late would find less. */
export const inOrderSimulation: fc.Arbitrary<Simulation> = fc.oneof(
  fc.record({
    scenario: scenario({ arrival: "in-order", retentionSlices: LONG_SLICES }),
    run: run(sometimes(0, 1, 8)),
  }),
  fc.record({ scenario: scenario({ arrival: "in-order" }), run: run(sometimes(0, 1)) }),
);

export interface Result {
  readonly contents: Contents;
  readonly outcome: Outcome;
}

const plainResults = new Map<string, Promise<Result>>();

/** What a scenario comes to, undisturbed and in time order. */
export function plainResult(spec: ScenarioSpec): Promise<Result> {
  const key = JSON.stringify(spec);
  let result = plainResults.get(key);
  if (result === undefined) {
    const world = new World(spec, PLAIN, memoryTables());
    result = finish(world, world.plainVisits());
    plainResults.set(key, result);
  }
  return result;
}

async function finish(world: World, visits?: Scenario["visits"]): Promise<Result> {
  const outcome = await world.toEnd(visits);
  await world.checkBronze();
  return { outcome, contents: await world.contents() };
}

/** Runs a simulation and holds it against the plain run of its scenario. */
export async function checkSimulation(
  { scenario: spec, run: how }: Simulation,
  { tables = memoryTables(), sabotage = {} }: { tables?: Tables; sabotage?: Sabotage } = {},
): Promise<Result> {
  const expected = await plainResult(spec);
  const found = await finish(new World(spec, how, tables, sabotage));
  checkEqual(expected, found);
  return found;
}

export function checkEqual(expected: Result, found: Result): void {
  const different = differences(expected.contents, found.contents);
  const hits = found.outcome.hits.join("\n");
  assert.equal(different.length, 0, `${different.join("\n")}\n${hits}`);
  checkCounters(found);
  const { counts: wanted } = expected.outcome;
  const counts = found.outcome.counts;
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(counts)])) {
    // A mention is taken up again when its context comes late.
    if (name === "rows.mentions" || name === "duplicates.mentions") continue;
    if (!isOrderFree(name)) continue;
    assert.equal(counts[name] ?? 0, wanted[name] ?? 0, `counter ${name}\n${hits}`);
  }
}

/** Every row that was published is accounted for, and the tables hold what the counters say. */
function checkCounters({ contents, outcome: { counts, published, hits } }: Result): void {
  const count = (name: string) => counts[name] ?? 0;
  const [events, mentions, , letters] = TABLES.map(({ node }) => contents[node]!);
  const lettersOf = (kind: string) =>
    letters!.filter((row) => row.includes(` feed=${kind}`) && row.includes(" row=")).length;
  const below = (prefix: string) =>
    Object.keys(counts)
      .filter((name) => name.startsWith(prefix))
      .reduce((sum, name) => sum + count(name), 0);
  const dropped = (kind: string) => count(`duplicates.${kind}`) + lettersOf(kind);
  const accounts = {
    events: [published["events"] ?? 0, count("rows.events") + dropped("events")],
    gkg: [published["gkg"] ?? 0, count("rows.gkg") + dropped("gkg")],
    eventRows: [events!.length, below("events.")],
    mentionRows: [mentions!.length, count("mentions.joined") + below("mentions.orphan.")],
    letters: [
      count("dead-letters"),
      ["events", "mentions", "gkg"].reduce((n, k) => n + lettersOf(k), 0),
    ],
  };
  for (const [name, [one, other]] of Object.entries(accounts)) {
    assert.equal(one, other, `${name} do not add up\n${hits.join("\n")}`);
  }
  assert(
    isDeepStrictEqual(
      Object.keys(counts).filter((name) => count(name) < 0),
      [],
    ),
  );
}
