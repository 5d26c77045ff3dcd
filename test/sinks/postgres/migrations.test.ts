import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { migrate } from "../../../src/sinks/postgres/migrations.ts";
import { ask } from "./sink-fixture.ts";
import { testDatabases } from "./test-databases.ts";

const scratch = await mkdtemp(path.join(os.tmpdir(), "migrations-"));
after(() => rm(scratch, { recursive: true, force: true }));

/** A folder with these files. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(scratch, "case-"));
  for (const [name, sql] of Object.entries(files)) await writeFile(path.join(folder, name), sql);
  return folder;
}

const first = { "0001-first.sql": "create table one (a int); insert into one values (1);" };
const second = { "0002-second.sql": "insert into one values (2);" };

for (const { name, skip, open } of await testDatabases()) {
  const check = (behaviour: string, body: (database: Database) => Promise<void>) =>
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const database = await open();
      await database.transaction((tx) =>
        tx.execute("drop schema if exists ops cascade; drop table if exists one"),
      );
      await body(database);
    });
  const applied = (database: Database) =>
    ask(database, "select version, name from ops.migrations order by version");

  check("each is applied once, in the order of their numbers", async (database) => {
    assert.deepEqual(await migrate(database, await folderOf(first)), ["0001-first.sql"]);
    const both = await folderOf({ ...second, ...first, "README.md": "not SQL" });
    assert.deepEqual(await migrate(database, both), ["0002-second.sql"]);
    assert.deepEqual(await migrate(database, both), []);
    assert.deepEqual(await ask(database, "select a from one order by a"), [["1"], ["2"]]);
    assert.deepEqual(await applied(database), [
      ["1", "0001-first.sql"],
      ["2", "0002-second.sql"],
    ]);
    // Of an older version of the program, which has only the first.
    assert.deepEqual(await migrate(database, await folderOf(first)), []);
  });

  check("processes that start at once apply each once", async (database) => {
    const folder = await folderOf({ ...first, ...second });
    const done = await Promise.all(Array.from({ length: 5 }, () => migrate(database, folder)));
    assert.deepEqual(done.flat(), ["0001-first.sql", "0002-second.sql"]);
    assert.deepEqual(await ask(database, "select count(*) from one"), [["2"]]);
  });

  check("a file that was changed since it was applied is refused", async (database) => {
    await migrate(database, await folderOf(first));
    const changed = await folderOf({ "0001-first.sql": "select 1;", ...second });
    await assert.rejects(migrate(database, changed), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /0001-first\.sql is not the one that was applied/);
      return true;
    });
    assert.deepEqual(await applied(database), [["1", "0001-first.sql"]]);
  });

  check("one that cannot be applied leaves nothing, of the others neither", async (database) => {
    const broken = await folderOf({ ...first, "0002-second.sql": "insert into two values (1);" });
    await assert.rejects(migrate(database, broken), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(
        error.message,
        /0002-second\.sql cannot be applied: relation "two" does not exist/,
      );
      return true;
    });
    assert.deepEqual(
      await ask(database, "select to_regclass('one'), to_regclass('ops.migrations')"),
      [[null, null]],
    );
  });

  check("a gap, a number twice or a wrong name is refused", async (database) => {
    for (const names of [["0002-b.sql"], ["0001-a.sql", "0001-b.sql"], ["0001-a.sql", "2-b.sql"]]) {
      const files = Object.fromEntries(names.map((each) => [each, "select 1;"]));
      await assert.rejects(migrate(database, await folderOf(files)), ConfigError);
    }
  });
}
