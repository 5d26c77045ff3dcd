import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, RetriableError } from "../../../src/record/errors.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import { asyncPropertyRuns, type Row } from "../delta/delta-fixture.ts";
import type { Fault } from "../delta/faulty-store.ts";
import { noteOf, recordOf, SCHEMAS, type Version } from "../delta/program-versions.ts";
import { liveAsSink } from "../sink-life.ts";
import { FaultyDatabase } from "./faulty-database.ts";
import { ask, onTables, records, resetTables, sinkOn, smallTable } from "./sink-fixture.ts";
import { testDatabases } from "./test-databases.ts";

const RECORDS = 8;

/** What the newer version's migration does. */
const MIGRATION = "alter table silver.small add column if not exists note text";

const sinkOf = (database: Database, version: Version) =>
  sinkOn(database, {
    table: { ...smallTable, schema: SCHEMAS[version] },
    decode: arrowValues(SCHEMAS[version]),
  });

/** A replica's life, as that of the Delta tables' test; a newer one migrates first. */
interface Life {
  readonly version: Version;
  readonly steps: readonly number[];
  readonly commits: number;
  readonly faults: readonly Fault[];
}

function live(database: Database, life: Life, values: readonly Uint8Array[]): Promise<void> {
  const { version, faults } = life;
  const faulty = new FaultyDatabase(database, faults);
  const sink = sinkOf(faulty, version);
  const migrated = async () => {
    if (version === "new") await faulty.transaction((tx) => tx.execute(MIGRATION));
    return sink;
  };
  return liveAsSink(migrated, values, life);
}

const version = fc.constantFrom<Version>("old", "new");
const fault = fc.record<Fault>({
  call: fc.nat({ max: 20 }),
  effect: fc.boolean(),
  kind: fc.constantFrom("crash", "lost-reply"),
});
const life = fc.record<Life>({
  version,
  steps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  commits: fc.integer({ min: 1, max: 3 }),
  faults: fc.array(fault, { maxLength: 3 }),
});
/** Few keys, so that a row of one version replaces that of another; every record is newer. */
const keys = fc.array(fc.nat(2), { minLength: RECORDS, maxLength: RECORDS });
const producers = fc.array(version, { minLength: RECORDS, maxLength: RECORDS });

for (const tested of await testDatabases()) {
  const check = onTables(tested);
  const rows = (database: Database) =>
    ask(database, "select id, revision, note from silver.small order by id");

  check("replicas of an old and a new version feed one table, whatever fails", async (database) => {
    await asyncPropertyRuns(
      fc.asyncProperty(
        fc.array(life, { maxLength: 6 }),
        keys,
        producers,
        async (lives, ids, by) => {
          await resetTables(database);
          const written = ids.map((id, offset): Row => ({ id, revision: offset + 1 }));
          const values = written.map((row, offset) => recordOf(by[offset]!, [row]));
          for (const each of lives) await live(database, each, values);
          const rest = { steps: [1], commits: RECORDS, faults: [] };
          await live(database, { version: "new", ...rest, commits: 1 }, values);
          await live(database, { version: "old", ...rest }, values);
          const newest = new Map(written.map((row, offset) => [row.id, { row, by: by[offset]! }]));
          const found = await rows(database);
          assert.deepEqual(
            found.map(([id, revision]) => [id, revision]),
            [...newest]
              .sort(([a], [b]) => a - b)
              .map(([id, { row }]) => [`${id}`, `${row.revision}`]),
          );
          for (const [id, , note] of found) {
            const { row, by: producer } = newest.get(Number(id))!;
            // Never what an older revision said.
            if (note !== null) assert.deepEqual([note, producer], [noteOf(row), "new"]);
          }
        },
      ),
      12,
    );
  });

  check("an old replica goes on when the table gets a column under it", async (database) => {
    const old = sinkOf(database, "old");
    await old.open();
    old.write(records(0, [recordOf("new", [{ id: 1 }])]));
    await old.commit();
    await database.transaction((tx) => tx.execute(MIGRATION));
    old.write(records(1, [recordOf("new", [{ id: 2 }])]));
    await assert.rejects(old.commit(), RetriableError);
    assert.equal(await old.open(), 1);
    old.write(records(1, [recordOf("new", [{ id: 2 }])]));
    await old.commit();
    const newer = sinkOf(database, "new");
    assert.equal(await newer.open(), 2);
    newer.write(records(2, [recordOf("new", [{ id: 1, revision: 2 }, { id: 3 }])]));
    await newer.commit();
    assert.deepEqual(await rows(database), [
      ["1", "2", "1 at 1.2"],
      ["2", "1", null],
      ["3", "1", "3 at 1.1"],
    ]);
    await old.open();
    old.write(records(3, [recordOf("new", [{ id: 1, revision: 3 }])]));
    await old.commit();
    assert.deepEqual((await rows(database))[0], ["1", "3", null]);
  });

  check("a new replica says what an older table lacks, and who brings it", async (database) => {
    await assert.rejects(sinkOf(database, "new").open(), (error: Error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(
        error.message,
        /silver\.small, column note: the program writes text, the table has no such column; apply the/,
      );
      return true;
    });
  });
}
