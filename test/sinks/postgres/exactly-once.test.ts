import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TaskMigratedError } from "../../../src/record/errors.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { asyncPropertyRuns, type Row } from "../delta/delta-fixture.ts";
import type { Fault } from "../delta/faulty-store.ts";
import { liveAsSink } from "../sink-life.ts";
import { FaultyDatabase } from "./faulty-database.ts";
import { ask, records, resetTables, sinkOn, value } from "./sink-fixture.ts";
import { testDatabases } from "./test-databases.ts";

const RECORDS = 10;

/** Few keys, so that they come again; a name with a NUL is refused. */
const row: fc.Arbitrary<Row> = fc
  .record({
    id: fc.nat(5),
    revision: fc.integer({ min: 1, max: 4 }),
    generation: fc.integer({ min: 1, max: 2 }),
    day: fc.constantFrom(1, 2, 3),
    refused: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
  .map(({ id, revision, generation, day, refused }) => ({
    id,
    revision,
    generation,
    slice: `2024-01-0${day}T00:00:00Z`,
    // Rows of one key and rank are equal, as the topology writes them.
    name: refused ? "\0" : `${id} ${generation} ${revision} ${day}`,
  }));

const stream = fc.array(fc.array(row, { maxLength: 4 }), {
  minLength: RECORDS,
  maxLength: RECORDS,
});

/** A process that writes into the table. */
const runProcess = (database: Database, values: Uint8Array[], steps: readonly number[]) => {
  const sink = sinkOn(database);
  return liveAsSink(async () => sink, values, { steps });
};

const CONTENTS = `
  select id, name from silver.small order by id, slice`;

/** Of each key the newest; of those that are refused it does not matter how new they are. */
function newest(rows: readonly Row[]): [string, string][] {
  const kept = new Map<string, Row>();
  const rank = ({ generation, revision }: Row) => generation! * 100 + revision!;
  for (const each of rows.filter(({ name }) => name !== "\0")) {
    const key = `${each.id} ${each.slice}`;
    const known = kept.get(key);
    if (known === undefined || rank(each) > rank(known)) kept.set(key, each);
  }
  return [...kept]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { id, name }]) => [String(id), name!]);
}

const fault = fc.record<Fault>({
  call: fc.nat({ max: 40 }),
  effect: fc.boolean(),
  kind: fc.constantFrom("crash", "lost-reply"),
});
const life = fc.record({
  steps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  faults: fc.array(fault, { minLength: 1, maxLength: 4 }),
});

for (const { name, skip, open } of await testDatabases()) {
  const options = { skip };

  test(
    `${name}: each row is there as if nothing had happened, whatever fails`,
    options,
    async () => {
      const database = await open();
      await asyncPropertyRuns(
        fc.asyncProperty(stream, fc.array(life, { maxLength: 5 }), async (rows, lives) => {
          await resetTables(database);
          const values = rows.map((each) => value(...each));
          for (const { steps, faults } of lives) {
            await runProcess(new FaultyDatabase(database, faults), values, steps);
          }
          await runProcess(database, values, [2]);
          assert.deepEqual(await ask(database, CONTENTS), newest(rows.flat()));
          const positions = await ask(database, "select next_offset from ops.sink_offsets");
          assert.deepEqual(positions, [[`${RECORDS}`]]);
          // A row that is refused is buried once, or never if another of its commit was newer.
          const letters = await ask(
            database,
            `select "offset", row from ops.dead_letter order by "offset", row`,
          );
          for (const [offset, at] of letters) {
            assert.equal(rows[Number(offset)]![Number(at)]!.name, "\0", `${offset} ${at}`);
          }
          assert.equal(new Set(letters.map(String)).size, letters.length);
        }),
        30,
      );
    },
  );

  test(
    `${name}: every call may be a process's last, before or after its effect`,
    options,
    async () => {
      const database = await open();
      const rows = Array.from({ length: RECORDS }, (_, id): Row[] => {
        const slice = `2024-01-0${1 + (id % 3)}T00:00:00Z`;
        return [{ id, name: id === 1 ? "\0" : `${id}`, slice, generation: 1, revision: 1 }];
      });
      const values = rows.map((each) => value(...each));
      for (const effect of [false, true]) {
        for (let call = 0; ; call++) {
          await resetTables(database);
          const faulty = new FaultyDatabase(database, [{ call, effect, kind: "crash" }]);
          await runProcess(faulty, values, [4]);
          const crashed = faulty.isDead;
          await runProcess(database, values, [7]);
          const label = `call ${call}, ${effect}`;
          assert.deepEqual(await ask(database, CONTENTS), newest(rows.flat()), label);
          if (!crashed) break;
        }
      }
    },
  );

  test(
    `${name}: two owners of a partition, in any interleaving, lose and double nothing`,
    options,
    async () => {
      const database = await open();
      const rows = Array.from({ length: 6 }, (_, id) => ({ id, name: `${id}` }));
      await asyncPropertyRuns(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          await resetTables(database);
          const scheduled: Database = {
            transaction: async (work) => {
              await scheduler.schedule(Promise.resolve());
              return await database.transaction(work);
            },
            close: async () => {},
          };
          const own = async () => {
            const sink = sinkOn(scheduled);
            for (;;) {
              try {
                let offset = (await sink.open()) ?? 0;
                for (; offset < rows.length; offset++) {
                  sink.write(records(offset, [value(rows[offset]!)]));
                  await sink.commit();
                }
                return;
              } catch (error) {
                if (!(error instanceof TaskMigratedError)) throw error;
              }
            }
          };
          await scheduler.waitFor(Promise.all([own(), own()]));
          const found = await ask(database, "select id, revision from silver.small order by id");
          assert.deepEqual(
            found,
            rows.map(({ id }) => [`${id}`, "1"]),
          );
        }),
        15,
      );
    },
  );
}
