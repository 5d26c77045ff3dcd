import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SLICE_MS } from "../../src/gdelt/feeds.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import type { CommitStep, TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";
import { type Contents, differences } from "../simulation/contents.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import {
  type ForeignLine,
  foreignOrder,
  openSilver,
  publish,
  type SliceLines,
  scenarioLines,
  silverContents,
} from "./foreign-producers.ts";

const IDLE_TIMEOUT_MS = 60_000;
const STEPS: readonly CommitStep[] = [
  "checkpoint",
  "send",
  "offsets",
  "commit-before",
  "commit-after",
];

const normalRuns = new Map<string, Promise<Contents>>();

/** What Silver is where everything is as this project's own producer leaves it. */
function normalRun(name: string, slices: readonly SliceLines[]): Promise<Contents> {
  const run = async () => {
    const driver = await openSilver({}, 1);
    await publish(driver, slices);
    await driver.run();
    driver.close();
    return await silverContents(driver);
  };
  const known = normalRuns.get(name) ?? run();
  normalRuns.set(name, known);
  return known;
}

/** Sends in bits, into any partition, under any key, at the time of the day. */
async function send(
  driver: TopologyTestDriver,
  random: Random,
  partitions: number,
  lines: readonly ForeignLine[],
): Promise<void> {
  const byKind = Map.groupBy(lines, ({ kind }) => kind);
  for (const [kind, some] of byKind) {
    const records = some.map(({ value }) => ({
      value,
      timestampMs: Date.UTC(2024, 5, 1) + random.below(1e6),
      partition: random.below(partitions),
      ...(random.chance(0.5) && { key: `key ${random.below(10)}` }),
    }));
    await driver.pipe(`gdelt.${kind}`, records);
  }
}

/** Something that happens between two bits. */
async function happen(driver: TopologyTestDriver, random: Random, calm: boolean): Promise<void> {
  if (random.chance(0.5)) driver.advance(random.below(2 * IDLE_TIMEOUT_MS));
  if (!calm && random.chance(0.3)) driver.failNextCommit({ at: random.pick(STEPS) });
  if (random.chance(0.6)) await driver.run();
  if (!calm && random.chance(0.1)) await driver.restart();
}

/** Nothing follows: every partition falls silent. */
async function fallSilent(driver: TopologyTestDriver): Promise<void> {
  await driver.run();
  driver.advance(IDLE_TIMEOUT_MS);
  await driver.run();
}

test("topics filled by others give the Silver of a normal run, whatever fails", async () => {
  const spec = fc.record({
    scenario: fc.nat(9),
    seed: fc.nat(1e6),
    slices: fc.constantFrom(2, 4),
    partitions: fc.constantFrom(1, 2, 3),
    producers: fc.constantFrom(1, 3),
    lag: fc.constantFrom(0, 1, 9),
    graceMs: fc.constantFrom(0, SLICE_MS),
    bits: fc.constantFrom(1, 10, 1000),
    calm: fc.boolean(),
  });
  const property = fc.asyncProperty(spec, async (what) => {
    const { scenario, partitions, graceMs, calm } = what;
    const slices = await scenarioLines(scenario, what.slices);
    const expected = await normalRun(`${scenario}/${what.slices}`, slices);
    const random = new Random(what.seed, 3);
    const markers = "none" as const;
    const source = { keyed: false, markers, graceMs, idleTimeoutMs: IDLE_TIMEOUT_MS };
    const driver = await openSilver(source, partitions);
    const lines = foreignOrder(random, slices, what);
    while (lines.length > 0) {
      await send(driver, random, partitions, lines.splice(0, 1 + random.below(what.bits)));
      await happen(driver, random, calm);
    }
    await fallSilent(driver);
    assert.deepEqual(differences(expected, await silverContents(driver)), []);
    driver.close();
  });
  await fc.assert(property, propertyRuns(60));
});
