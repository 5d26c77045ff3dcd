import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { GoldFile } from "../../src/app/gold/gold-file.ts";
import { GOLD_MARTS } from "../../src/app/gold/gold-marts.ts";
import { goldFileIn, runGold } from "../../src/app/gold/gold-run.ts";
import { publish } from "../../src/app/gold/publish.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { RetriableError, TaskCorruptedError } from "../../src/record/errors.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import {
  type Gold,
  goldServices,
  lostAfterFirst,
  openGold,
  replayInto,
  scratchFolder,
  writeInvented,
} from "./gold-fixture.ts";

const services = await goldServices();
const { skip } = services;
const scratch = await scratchFolder();
const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);

/** Faults that are tried, of all statements of a publication. */
const FAULTS = 12;

let gold: Gold;
after(() => gold?.close());

/** What readers see of all tables, in one statement each, within one snapshot. */
const seen = (database: Database): Promise<string> =>
  database.transaction(async (tx) => {
    await tx.execute("set transaction isolation level repeatable read");
    const all: string[] = [];
    for (const { name } of GOLD_MARTS) {
      const { rows } =
        await tx.query(`select count(*), md5(string_agg(t::text, '' order by t::text))
        from gold.${name} as t`);
      all.push(`${name} ${rows[0]}`);
    }
    return all.join("\n");
  });

/** Publishes what the file has; where that is to end is said before each statement, and at the commit. */
async function publishUntil(mayGoOn: (call: number) => boolean): Promise<void> {
  const file = await GoldFile.open(goldFileIn(gold.work.folder));
  let calls = 0;
  const check = () => {
    calls += 1;
    if (!mayGoOn(calls)) throw new RetriableError(`ended at call ${calls}`);
  };
  try {
    await gold.work.database.transaction(async (tx) => {
      const query: typeof tx.query = (sql, parameters) => {
        check();
        return tx.query(sql, parameters);
      };
      await publish(file, { query, execute: tx.execute }, "1");
      check();
    });
  } finally {
    file.close();
  }
}

/** How many calls there are, its commit included: of one that is refused that. */
async function callsOfAPublication(): Promise<number> {
  let calls = 0;
  const file = await GoldFile.open(goldFileIn(gold.work.folder));
  try {
    await gold.work.database.transaction(async (tx) => {
      const query: typeof tx.query = (sql, parameters) => {
        calls += 1;
        return tx.query(sql, parameters);
      };
      await publish(file, { query, execute: tx.execute }, "1");
      throw new RetriableError("no commit");
    });
  } catch (error) {
    assert.match((error as Error).message, /no commit/);
  } finally {
    file.close();
  }
  return calls + 1;
}

let before = "";

test("what is built and not published is seen by nobody", { skip }, async () => {
  const lake = path.join(scratch, "lake");
  gold = await openGold({ ...services, lake, folder: path.join(lake, "gold") });
  const { work } = gold;
  for (const count of [2, 4])
    await writeInvented(path.join(scratch, `slices-${count}`), count, seed);
  await replayInto(path.join(scratch, "slices-2"), lake, services.url);
  await runGold(work, "slice");
  before = await seen(work.database);

  await replayInto(path.join(scratch, "slices-4"), lake, services.url);
  const database = lostAfterFirst(work.database, "the server is gone");
  await assert.rejects(runGold({ ...work, database }, "slice"), /the server is gone/);
  assert.equal(await seen(work.database), before);
});

test(`a publication that ends anywhere leaves all tables as they were (STREAMS_SEED=${seed})`, {
  skip,
}, async () => {
  const { database } = gold.work;
  const all = await callsOfAPublication();
  assert.ok(all > 4 * GOLD_MARTS.length, `${all} calls`);
  const random = new Random(seed);
  for (const last of [all, ...Array.from({ length: FAULTS }, () => 1 + random.below(all))]) {
    await assert.rejects(
      publishUntil((call) => call < last),
      new RegExp(`ended at call ${last}`),
    );
    assert.equal(await seen(database), before, `ended at call ${last} of ${all}`);
  }
});

test("what the server has is not what was sent: nothing is published, and it is said where", {
  skip,
}, async () => {
  const { database } = gold.work;
  await ask(
    database,
    `create function gold.meddle() returns trigger language plpgsql as
      $$ begin new.event_count := new.event_count + 1; return new; end $$`,
  );
  await ask(
    database,
    `create trigger meddle before insert on gold.gold_instability_index
      for each row when (new.mp_action_geo_country_iso = 'USA') execute function gold.meddle()`,
  );
  await assert.rejects(
    publishUntil(() => true),
    (error: Error) => {
      assert.ok(error instanceof TaskCorruptedError);
      assert.match(
        error.message,
        /gold\.gold_instability_index of \d{4}-\d\d-\d\d has \d+ rows of checksum/,
      );
      return true;
    },
  );
  assert.equal(await seen(database), before);
  await ask(database, "drop function gold.meddle cascade");
});

test("a reader sees all tables of one run or all of the next, and never a mixture", {
  skip,
}, async () => {
  const { database } = gold.work;
  const looks = new Set<string>();
  let isPublished = false;
  const reader = (async () => {
    while (!isPublished) looks.add(await seen(database));
  })();
  await publishUntil(() => true);
  isPublished = true;
  await reader;
  const after = await seen(database);
  assert.notEqual(after, before);
  looks.delete(before);
  looks.delete(after);
  assert.deepEqual([...looks], []);
});

test("what is published is not published again, and what is lost is", { skip }, async () => {
  const { database } = gold.work;
  const now = await seen(database);
  const [[partitions]] = (await ask(database, "select count(*) from ops.gold_partitions")) as [
    [string],
  ];
  const run = await runGold(gold.work, "slice");
  assert.equal(run?.partitions, 0, `of ${partitions}`);
  await ask(database, "delete from gold.gold_themes_rising");
  await ask(database, "delete from ops.gold_partitions where table_name = 'gold_themes_rising'");
  await publishUntil(() => true);
  assert.equal(await seen(database), now);
});
