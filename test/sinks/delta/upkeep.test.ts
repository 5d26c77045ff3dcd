import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetriableError } from "../../../src/record/errors.ts";
import { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { keepTable, type UpkeepSpec } from "../../../src/sinks/delta/upkeep.ts";
import { vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { verifyTable } from "../../../src/sinks/delta/verify-table.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { InterceptedObjectStore } from "../../../src/testing/intercepted-object-store.ts";
import { asyncPropertyRuns, batchOf, openTable, surroundings } from "./delta-fixture.ts";
import { newestOf, versionsOf } from "./versions.ts";

const root = "lake/silver/events";
const HOUR_MS = 3_600_000;
const RETENTION_MS = 48 * HOUR_MS;

const spec: UpkeepSpec = {
  newest: { key: ["id"], rank: ["generation", "revision"] },
  fileBytesMin: 1 << 20,
  fileBytesMax: 2 << 20,
  smallFilesMax: 2,
  quietMs: 6 * HOUR_MS,
  retention: { removedFilesMs: RETENTION_MS, logMs: 4 * RETENTION_MS },
};
const packing: UpkeepSpec = { ...spec, newest: null };

interface Change {
  readonly id: number;
  readonly revision: number;
}

const change = fc.record({ id: fc.nat({ max: 4 }), revision: fc.integer({ min: 1, max: 5 }) });
const rows = fc.array(change, { minLength: 1, maxLength: 3 });
const textOf = ({ id, revision }: Change) => `${id} ${revision}`;

async function world() {
  const around = surroundings();
  let plusMs = 0;
  const clock = { nowMs: () => around.clock.nowMs() + plusMs };
  const pass = (ms: number) => {
    plusMs += ms;
  };
  const store = new MemoryObjectStore(clock);
  const opened = await openTable({ ...around, clock, store });
  return { ...opened, store, clock, pass };
}

/** Checks versions against the rows that were appended by them; all rows, or the newest of each key. */
async function checkVersions(
  store: ObjectStore,
  { newest }: UpkeepSpec,
  appended: ReadonlyMap<number, readonly string[]>,
  isWanted?: (version: number) => boolean,
): Promise<number> {
  const versions = await versionsOf(store, root, isWanted);
  for (const [version, found] of versions) {
    const all = [...appended].flatMap(([of, texts]) => (of <= version ? texts : [])).sort();
    if (newest === null) assert.deepEqual(found, all, `version ${version}`);
    assert.deepEqual(newestOf(found), newestOf(all), `version ${version}`);
    const left = [...all];
    for (const row of found) {
      const at = left.indexOf(row);
      assert.ok(at >= 0, `version ${version} has ${row} more often than it was written`);
      left.splice(at, 1);
    }
  }
  return versions.size;
}

for (const [name, kept] of Object.entries({ "with revisions": spec, without: packing })) {
  test(`turn after turn, a table ${name} reads the same at every version that is kept`, async () => {
    let read = 0;
    let deleted = 0;
    await asyncPropertyRuns(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            rows,
            rows,
            fc.constant("turn" as const),
            fc.constant("turn" as const),
            fc.constantFrom(HOUR_MS, 7 * HOUR_MS, 30 * HOUR_MS, 80 * HOUR_MS),
          ),
          { minLength: 20, maxLength: 40 },
        ),
        async (steps) => {
          const { store, table, clock, pass } = await world();
          const appended = new Map<number, string[]>();
          /** When each version was followed by another. */
          const endedMs: number[] = [];
          const note = () => {
            for (let v = endedMs.length; v < table.snapshot.version; v++)
              endedMs.push(clock.nowMs());
          };
          for (const step of steps) {
            if (typeof step === "number") pass(step);
            else if (step === "turn") {
              const done = await keepTable(table, kept);
              deleted += done.deleted.dataFiles;
            } else {
              appended.set(await table.append([batchOf(step)], []), step.map(textOf));
            }
            note();
          }
          const oldestMs = clock.nowMs() - RETENTION_MS;
          const isKept = (version: number) => (endedMs[version] ?? clock.nowMs()) > oldestMs;
          read += await checkVersions(store, kept, appended, isKept);
          const { findings } = await verifyTable(table.log, null);
          assert.deepEqual(findings, []);
        },
      ),
      15,
    );
    assert.ok(read > 0 && deleted > 0, `${read} versions read, ${deleted} files deleted`);
  });
}

test("whoever keeps a table beside writers and another keeper, and dies of it, changes no version", async () => {
  let deaths = 0;
  await asyncPropertyRuns(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(rows, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(spec, packing),
      fc.nat({ max: 80 }),
      async (scheduler, writers, kept, callsBeforeDeath) => {
        const { store, table, options, pass } = await world();
        const appended = new Map<number, string[]>();
        const append = async (to: DeltaTable, changes: readonly Change[]) => {
          const version = await to.append([batchOf(changes)], []);
          appended.set(version, changes.map(textOf));
        };
        for (let id = 0; id < 4; id++) await append(table, [{ id: id % 3, revision: id + 1 }]);
        // Of the turn before: it is deleted beside what goes on now.
        await keepTable(table, kept);
        pass(3 * RETENTION_MS);
        const before = table.snapshot.version;
        // Both keepers find something to do.
        for (let id = 0; id < 4; id++) await append(table, [{ id, revision: 6 }]);
        const open = (life: (call: string) => void) =>
          DeltaTable.open({
            ...options,
            store: new InterceptedObjectStore(store, async (name, work) => {
              life(name);
              return await scheduler.schedule(Promise.resolve(), name).then(() => work());
            }),
          });
        const alive = () => {};
        const write = async (commits: readonly (readonly Change[])[]) => {
          const own = await open(alive);
          for (const changes of commits) await append(own, changes);
        };
        const keep = async (life: (call: string) => void) => {
          try {
            await keepTable(await open(life), kept);
          } catch (error) {
            if (!(error instanceof Dead || error instanceof RetriableError)) throw error;
            deaths++;
          }
        };
        await scheduler.waitFor(
          Promise.all([...writers.map(write), keep(alive), keep(mortal(callsBeforeDeath))]),
        );
        const after = await DeltaTable.open(options);
        await keepTable(after, kept);
        await checkVersions(store, kept, appended, (version) => version >= before);
        assert.deepEqual((await verifyTable(new DeltaLog(store, root), null)).findings, []);
        // What the dead one has left no commit names, and goes when nobody may rely on it.
        for (let turns = 0; turns < 2; turns++) {
          pass(3 * RETENTION_MS);
          await keepTable(after, kept);
        }
        const files = (await store.list(`${root}/slice_date`)).map(({ path }) => path);
        const live = [...after.snapshot.files.keys()].map((path) => `${root}/${path}`);
        assert.deepEqual(files, live.sort());
      },
    ),
    25,
  );
  assert.ok(deaths > 0, "none has died");
});

class Dead extends Error {}

/** Dies before one of its calls; what it has begun before goes through. */
function mortal(calls: number): () => void {
  let left = calls;
  return () => {
    if (left-- <= 0) throw new Dead("it has died");
  };
}

test("how long files are kept stands in the table, once, and another clean-up goes by it", async () => {
  const { table, options, pass } = await world();
  for (let id = 0; id < 3; id++) await table.append([batchOf([{ id }])], []);
  await keepTable(table, spec);
  const { configuration } = table.snapshot.metaData;
  assert.equal(configuration["delta.deletedFileRetentionDuration"], "interval 2 days");
  assert.equal(configuration["delta.logRetentionDuration"], "interval 8 days");
  const { version } = table.snapshot;
  // Nothing to do; and who does not say how long takes what is there.
  await keepTable(await DeltaTable.open(options), spec);
  await keepTable(await DeltaTable.open(options), {
    ...spec,
    retention: { removedFilesMs: null, logMs: null },
  });
  await table.refresh();
  assert.equal(table.snapshot.version, version);
  const usual = { retentionMs: null, force: false, dryRun: false };
  assert.equal((await vacuum(table.log, usual, options.clock)).dataFiles, 0);
  pass(RETENTION_MS + HOUR_MS);
  assert.equal((await vacuum(table.log, usual, options.clock)).dataFiles, 3);
});

test("a writer goes on beside a change of the table's properties", async () => {
  const { table, options } = await world();
  const writer = await DeltaTable.open(options);
  await keepTable(table, spec);
  const step = { appId: "a", previous: null, version: 1 };
  await writer.append([batchOf([{ id: 1 }])], [step]);
  await table.refresh();
  assert.equal(table.snapshot.files.size, 1);
  const { configuration } = writer.snapshot.metaData;
  assert.equal(configuration["delta.logRetentionDuration"], "interval 8 days");
});
