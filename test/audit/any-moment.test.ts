import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { propertyRuns } from "../ingest/property-runs.ts";
import { inOrderSimulation, lateSimulation } from "../simulation/simulate.ts";
import {
  atVersions,
  auditFolder,
  type LakeFiles,
  problemsOf,
  simulatedLake,
  versionsOf,
  writeLake,
} from "./lakes.ts";

/** Moments of one run that are looked at, beside its end. */
const MOMENTS = 4;

async function audited(scratch: string, files: LakeFiles) {
  const folder = await mkdtemp(join(scratch, "lake-"));
  await writeLake(folder, files);
  const report = await auditFolder(folder);
  await rm(folder, { recursive: true });
  return report;
}

/** Each table at some version: that before its last few, or any. */
function someVersions(files: LakeFiles, random: Random): Map<string, number> {
  const back = random.pick([2, 5, 1e9]);
  return new Map(
    [...versionsOf(files)].map(([table, newest]) => {
      const behind = random.chance(0.3) ? 0 : random.below(Math.min(back, newest + 1));
      return [table, newest - behind];
    }),
  );
}

test("a lake adds up at the end of a run with nothing open, and at any moment before", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "any-moment-"));
  const simulation = fc.oneof(inOrderSimulation, lateSimulation);
  const property = fc.asyncProperty(simulation, fc.nat(1e6), async ({ scenario, run }, seed) => {
    // Small commits, so that tables are seen in the middle of a slice.
    const commit = { ...run.commit, tableBytesMax: 1 };
    const files = await simulatedLake(scenario, { ...run, commit });
    const end = await audited(scratch, files);
    assert(end.adds_up, problemsOf(end));
    assert.deepEqual(end.open, []);
    assert.deepEqual(
      end.slices.filter(({ state }) => state === "open"),
      [],
    );
    const random = new Random(seed, 29);
    for (let moment = 0; moment < MOMENTS; moment++) {
      const versions = someVersions(files, random);
      const report = await audited(scratch, atVersions(files, versions));
      assert(report.adds_up, `${[...versions].join(" ")}\n${problemsOf(report)}`);
    }
  });
  try {
    // A failing run is told by its seed; smaller ones would take minutes to find.
    await fc.assert(property, { ...propertyRuns(8), endOnFailure: true });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
});
