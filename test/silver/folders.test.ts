import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { replay } from "../../src/app/replay.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { propertyRuns } from "../ingest/property-runs.ts";
import { type Oracle, openOracle } from "../oracle/compare.ts";
import { pythonReaders } from "../python-readers.ts";
import { makeScenario } from "../simulation/scenario.ts";
import { type FolderFile, filesOf, writeFiles } from "./folder.ts";

const noPython =
  (await pythonReaders()) === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";

const DAY_MS = 86_400_000;
/** Quarters of an hour in a day. */
const DAY = 96;

interface Folder {
  readonly seed: number;
  readonly slices: readonly number[];
  readonly retentionDays: number;
  readonly partitions: number;
  readonly close: boolean;
  /** Share of the files that are there at each run before the last, each run's among them. */
  readonly present: readonly number[];
  /** Slices after which each run before the last is broken off; more than there are: none. */
  readonly slicesMax: readonly number[];
}

const together = [0, 1, 2, 3, 5];
/** The first is exactly as old as the retention when the last but one comes. */
const apart = [0, 1, 2, DAY - 1, DAY, DAY + 1, 2 * DAY, 2 * DAY + 2];

const folder: fc.Arbitrary<Folder> = fc.oneof(
  fc.record({
    seed: fc.nat(1e6),
    // Not days apart: what a mention speaks of expires when the newest slice is too far ahead of it.
    slices: fc.constant(together),
    retentionDays: fc.constant(8),
    partitions: fc.constantFrom(1, 2, 3),
    close: fc.boolean(),
    present: fc.array(fc.constantFrom(0.4, 0.8), { maxLength: 2 }),
    slicesMax: fc.constant([1e9]),
  }),
  // What comes late finds less where events expire in between: here nothing does.
  fc.record({
    seed: fc.nat(1e6),
    slices: fc.constantFrom(together, apart),
    retentionDays: fc.constantFrom(1, 8),
    partitions: fc.constantFrom(1, 2, 3),
    close: fc.boolean(),
    present: fc.constant([1, 1]),
    slicesMax: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 2, maxLength: 2 }),
  }),
);

class BrokenOff extends Error {}

const clock = { nowMs: () => Date.now() };

/** Replays the folder; an error in the middle stands for a kill. */
async function run(slices: string, out: string, spec: Folder, slicesMax: number, last: boolean) {
  const options = {
    slices,
    out,
    json: true,
    kafka: null,
    tables: null,
    checkpoints: null,
    close: last && spec.close,
    translation: false,
    bronze: false,
    partitions: spec.partitions,
    retentionDays: spec.retentionDays,
    mart: null,
  };
  const onProgress = ({ slicesDone }: { slicesDone: number }) => {
    if (slicesDone > slicesMax) throw new BrokenOff();
  };
  const running = replay(options, clock, onProgress, new AbortController().signal);
  await running.catch((error: unknown) => {
    if (!(error instanceof BrokenOff)) throw error;
  });
}

async function checkFolder(spec: Folder, scratch: string, oracle: Oracle): Promise<void> {
  const root = await mkdtemp(join(scratch, "case-"));
  const [slices, out] = [join(root, "slices"), join(root, "out")];
  const random = new Random(spec.seed, 23);
  const retentionMs = spec.retentionDays * DAY_MS;
  const scenario = makeScenario({
    seed: spec.seed,
    slices: spec.slices,
    events: 8,
    translation: false,
    arrival: "in-order",
    retentionSlices: spec.retentionDays * DAY,
    close: spec.close,
  });
  let left: FolderFile[] = await filesOf(scenario);
  for (const [number, share] of spec.present.entries()) {
    const now = left.filter(() => random.chance(share));
    left = left.filter((file) => !now.includes(file));
    await writeFiles(slices, now, random);
    await run(slices, out, spec, spec.slicesMax[number] ?? Number.POSITIVE_INFINITY, false);
  }
  await writeFiles(slices, left, random);
  await run(slices, out, spec, Number.POSITIVE_INFINITY, true);
  const report = await oracle.check({ slices, out, closed: spec.close, retentionMs });
  assert(report.equal, report.message);
  await rm(root, { recursive: true });
}

test("a replayed folder equals the batch join, however its files arrive", {
  skip: noPython,
}, async () => {
  const scratch = await mkdtemp(join(tmpdir(), "folders-"));
  const oracle = await openOracle();
  try {
    const property = fc.asyncProperty(folder, (spec) => checkFolder(spec, scratch, oracle));
    await fc.assert(property, propertyRuns(25));
  } finally {
    await oracle.close();
    await rm(scratch, { recursive: true, force: true });
  }
});
