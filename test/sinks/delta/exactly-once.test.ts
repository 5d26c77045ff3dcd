import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TaskMigratedError } from "../../../src/record/errors.ts";
import { DeltaTable, type DeltaTableOptions } from "../../../src/sinks/delta/delta-table.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { liveAsSink } from "../sink-life.ts";
import { asyncPropertyRuns, batchOf, ipcOf, schema, surroundings } from "./delta-fixture.ts";
import { type Fault, FaultyStore } from "./faulty-store.ts";
import { contentsOf, recordsOf, sinkOn } from "./sink-source.ts";

const root = "t";
const RECORDS = 12;
/** Record n has the rows 2n and 2n + 1, of two dates. */
const values = Array.from({ length: RECORDS }, (_, n) =>
  ipcOf(batchOf([{ id: 2 * n }, { id: 2 * n + 1, slice: `2024-01-0${1 + (n % 3)}T00:00:00Z` }])),
);
const everyId = Array.from({ length: RECORDS * 2 }, (_, i) => i);

const tableOptions = (store: ObjectStore, around: ReturnType<typeof surroundings>) =>
  ({
    store,
    root,
    name: "t",
    schema,
    datedBy: "slice",
    commitsPerCheckpoint: 3,
    ...around,
  }) satisfies DeltaTableOptions;

/** A process that writes into a table as these options open it. */
const runProcess = (options: DeltaTableOptions, steps: readonly number[]) =>
  liveAsSink(async () => sinkOn(await DeltaTable.open(options)), values, { steps });

const fault = fc.record<Fault>({
  call: fc.nat({ max: 30 }),
  effect: fc.boolean(),
  kind: fc.constantFrom("crash", "lost-reply"),
});
const life = fc.record({
  steps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  faults: fc.array(fault, { minLength: 1, maxLength: 4 }),
});

test("every row is in the table exactly once, wherever a writer dies or loses a reply", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(fc.array(life, { maxLength: 6 }), async (lives) => {
      const around = surroundings();
      const store = new MemoryObjectStore(around.clock);
      for (const { steps, faults } of lives) {
        await runProcess(tableOptions(new FaultyStore(store, faults), around), steps);
      }
      await runProcess(tableOptions(store, around), [2]);
      const { ids, positions } = await contentsOf(store, root);
      assert.deepEqual(ids, everyId);
      const position = "app/1/lake/silver.events-0";
      assert.deepEqual(positions, { [position]: RECORDS, [`${position}/rows`]: everyId.length });
    }),
    60,
  );
});

test("every call of a store may be a writer's last, before or after its effect", async () => {
  // The same without chance: a crash at each call in turn.
  for (const effect of [false, true]) {
    for (let call = 0; ; call++) {
      const around = surroundings();
      const store = new MemoryObjectStore(around.clock);
      const faulty = new FaultyStore(store, [{ call, effect, kind: "crash" }]);
      await runProcess(tableOptions(faulty, around), [3]);
      const crashed = faulty.isDead;
      await runProcess(tableOptions(store, around), [5]);
      assert.deepEqual((await contentsOf(store, root)).ids, everyId, `call ${call}, ${effect}`);
      if (!crashed) break;
    }
  }
});

test("writers of one table, in any interleaving, all get their rows in, each version is one's", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, writers) => {
      const around = surroundings();
      const store = new MemoryObjectStore(around.clock);
      const scheduled: ObjectStore = {
        get: scheduler.scheduleFunction((path) => store.get(path)),
        put: scheduler.scheduleFunction((path, bytes) => store.put(path, bytes)),
        putIfAbsent: scheduler.scheduleFunction((path, bytes) => store.putIfAbsent(path, bytes)),
        list: scheduler.scheduleFunction((prefix) => store.list(prefix)),
        delete: scheduler.scheduleFunction((path) => store.delete(path)),
      };
      const run = async (partition: number) => {
        const sink = sinkOn(await DeltaTable.open(tableOptions(scheduled, around)), partition);
        await sink.open();
        for (let n = 0; n < 4; n++) {
          sink.write(recordsOf(n, [ipcOf(batchOf([{ id: partition * 10 + n }]))]));
          await sink.commit();
        }
      };
      const runs = Promise.all(Array.from({ length: writers }, (_, partition) => run(partition)));
      await scheduler.waitFor(runs);
      const { ids, version } = await contentsOf(store, root);
      const expected = Array.from({ length: writers }, (_, w) =>
        [0, 1, 2, 3].map((n) => w * 10 + n),
      );
      assert.deepEqual(ids, expected.flat());
      assert.equal(version, writers * 4);
    }),
    25,
  );
});

test("two owners of one partition, in any interleaving, never double a row", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const around = surroundings();
      const store = new MemoryObjectStore(around.clock);
      const scheduled: ObjectStore = {
        get: scheduler.scheduleFunction((path) => store.get(path)),
        put: scheduler.scheduleFunction((path, bytes) => store.put(path, bytes)),
        putIfAbsent: scheduler.scheduleFunction((path, bytes) => store.putIfAbsent(path, bytes)),
        list: scheduler.scheduleFunction((prefix) => store.list(prefix)),
        delete: scheduler.scheduleFunction((path) => store.delete(path)),
      };
      const own = async () => {
        const sink = sinkOn(await DeltaTable.open(tableOptions(scheduled, around)));
        for (;;) {
          try {
            let offset = (await sink.open()) ?? 0;
            for (; offset < 6; offset++) {
              sink.write(recordsOf(offset, [values[offset]!]));
              await sink.commit();
            }
            return;
          } catch (error) {
            if (!(error instanceof TaskMigratedError)) throw error;
          }
        }
      };
      await scheduler.waitFor(Promise.all([own(), own()]));
      assert.deepEqual((await contentsOf(store, root)).ids, everyId.slice(0, 12));
    }),
    25,
  );
});
