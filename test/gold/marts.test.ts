import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { runGold } from "../../src/app/gold/gold-run.ts";
import { withoutSamples } from "../gdelt/samples.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import { compareWithExpected } from "./expected-marts.ts";
import {
  type Gold,
  goldServices,
  openGold,
  replayInto,
  scratchFolder,
  writeInvented,
} from "./gold-fixture.ts";

const JOINED = path.resolve(
  process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt",
  "joined/gdeltv2",
);

const invented = await goldServices();
const real = await goldServices();
const scratch = await scratchFolder();
const { skip } = invented;

let gold: Gold;
after(() => gold?.close());

/** Which transaction wrote each row of the summary, of dates of events that nobody speaks of any more. */
let written: Awaited<ReturnType<typeof ask>> = [];
const WRITTEN = `select event_date, mp_action_geo_country_iso, xmin::text from gold.gold_near_realtime_summary
  where event_date < (select min(slice)::date - 300 from silver.events) order by 1, 2`;

test("every mart is what another database computes, after each of two runs", { skip }, async () => {
  const lake = path.join(scratch, "invented");
  gold = await openGold({ ...invented, lake, folder: path.join(lake, "gold") });
  const { database } = gold.work;
  const slices = (count: number) => path.join(scratch, `slices-${count}`);
  for (const count of [3, 7]) await writeInvented(slices(count), count, 11);

  await replayInto(slices(3), lake, invented.url);
  const first = await runGold(gold.work, "slice");
  assert.equal(first?.slicesClosed, 3);
  assert.deepEqual((await compareWithExpected(database)).differences, []);
  assert.equal(await runGold(gold.work, "slice"), null, "nothing has closed since");
  written = await ask(database, WRITTEN);

  await replayInto(slices(7), lake, invented.url);
  const second = await runGold(gold.work, "slice");
  assert.equal(second?.slicesClosed, 7);
  const { differences, rows } = await compareWithExpected(database);
  assert.deepEqual(differences, []);
  assert.ok(
    Object.values(rows).every((count) => count > 0),
    JSON.stringify(rows),
  );
  assert.deepEqual(Object.fromEntries(second.tables), rows);
});

test("a day counts the events of all its slices, not those of the last one", { skip }, async () => {
  const { database } = gold.work;
  const [[counted, slices, mostOfOne]] = (await ask(
    database,
    `with days as (
        select event_date, slice, count(*) as events from silver.events
        where event_date = (select max(event_date) from gold.gold_chart_events_count_avgtone)
        group by event_date, slice)
      select (select sum(event_count) from gold.gold_chart_events_count_avgtone
          where event_date = (select event_date from days limit 1)), count(*), max(events) from days`,
  )) as [[string, string, string]];
  assert.ok(Number(slices) > 1, slices);
  assert.ok(Number(counted) > Number(mostOfOne), `${counted} of ${mostOfOne}`);
});

test("what a run need not change it does not write again", { skip }, async () => {
  const { database } = gold.work;
  assert.ok(written.length > 0);
  const now = new Set((await ask(database, WRITTEN)).map(String));
  assert.ok(
    written.some((row) => now.has(String(row))),
    "all old dates have been written again",
  );
  const runs = await ask(database, "select count(distinct run_id) from ops.gold_partitions");
  assert.deepEqual(runs, [["2"]]);
});

test("this month is that of the newest news day, whatever the clock says", { skip }, async () => {
  const { database } = gold.work;
  const days = await ask(
    database,
    `select sum(event_count), (select sum(event_count) from gold.gold_chart_events_count_avgtone
        where event_date = '2026-03-01')
      from gold.gold_chart_weekday_event_ratio where period = 'this month' group by weekday_name`,
  );
  assert.equal(days.length, 1, "the news end on the first of March");
  assert.equal(days[0]![0], days[0]![1]);
});

test("stories have their themes, and names of persons alone", { skip }, async () => {
  const { database } = gold.work;
  const [[stories, themed, offsets]] = (await ask(
    database,
    `select count(*), count(*) filter (where rich_themes <> '{}'),
        count(*) filter (where rich_story ~ ',[0-9]+')
      from gold.gold_daily_rich_story`,
  )) as [[string, string, string]];
  assert.ok(Number(themed) > 0.5 * Number(stories), `${themed} of ${stories}`);
  assert.equal(offsets, "0");
});

test("every mart of real slices is what another database computes", {
  skip: real.skip || withoutSamples,
}, async () => {
  const lake = path.join(scratch, "real");
  const { work, close } = await openGold({ ...real, lake, folder: path.join(lake, "gold") });
  try {
    await replayInto(JOINED, lake, real.url);
    const run = await runGold(work, "slice");
    const { differences, rows } = await compareWithExpected(work.database);
    assert.deepEqual(differences, []);
    assert.ok(rows["gold_event_story"]! > 1000, JSON.stringify(rows));
    assert.deepEqual(run?.warnings, []);
  } finally {
    await close();
  }
});
