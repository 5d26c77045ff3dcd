import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { analysisBoard } from "../../scripts/dashboards/boards/analysis.ts";
import { runGold } from "../../src/app/gold/gold-run.ts";
import { verifyGold } from "../../src/app/gold/verify-gold.ts";
import { writeAnalysis } from "../../src/app/gold/write-analysis.ts";
import { analysisRoute, NO_MART } from "../../src/app/inspector/analysis/analysis-route.ts";
import { GoldAnswers } from "../../src/app/inspector/analysis/gold-answers.ts";
import { MartEvents } from "../../src/app/inspector/events/mart-events.ts";
import { ask as askMart } from "../../src/app/mart-question.ts";
import type { Analysis } from "../../src/inspector/page/analysis/contract.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import {
  type Gold,
  goldServices,
  openGold,
  replayInto,
  scratchFolder,
  writeInvented,
} from "./gold-fixture.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true });
const services = await goldServices();
const { skip } = services;
const scratch = await scratchFolder();
const lake = path.join(scratch, "lake");

let gold: Gold;
let answers: GoldAnswers;
after(() => gold?.close());

const question = (query: string) => ({
  path: "/analysis/answer",
  query: new URLSearchParams(query),
  accept: "",
});

/** It has to be as `/openapi.json` says. */
async function answered(query: string): Promise<{ status: number; value: Analysis }> {
  const route = analysisRoute(answers);
  const { status, body } = await route.answer(question(query), "");
  const value: unknown = JSON.parse(body);
  const schema = route.operation.responses[200]!.schema!;
  assert.ok(status !== 200 || ajv.validate(schema, value), ajv.errorsText(ajv.errors));
  return { status, value: value as Analysis };
}

/** One number of the mart of Silver. */
const count = async (sql: string): Promise<number> =>
  Number((await ask(gold.work.database, sql))[0]![0]);

/** What has become of an event, as `/audit/{id}` tells it of the mart. */
async function statesOf(id: string): Promise<string[]> {
  const mart = new MartEvents((asked) => askMart(gold.work.database, asked));
  const steps = await mart.steps(Number(id));
  return steps.map(({ state }) => state).filter((state) => state !== "COMMITTED");
}

/** A complete event of the newest slice. */
const newestEvent = async (): Promise<string> =>
  (
    await ask(
      gold.work.database,
      `select global_event_id from silver.events where status = 'SILVER_COMPLETE'
        and slice = (select max(slice) from silver.events) order by 1 limit 1`,
    )
  )[0]![0]!;

const slices = async (count: number): Promise<void> => {
  const folder = path.join(scratch, `slices-${count}`);
  await writeInvented(folder, count, 23);
  await replayInto(folder, lake, services.url);
};

test("without a mart, and without Gold in it, whoever asks is told what to do", {
  skip,
}, async () => {
  const without = await analysisRoute(null).answer(question(""), "");
  assert.deepEqual([without.status, JSON.parse(without.body)], [503, { error: NO_MART }]);
  await slices(3);
  gold = await openGold({ ...services, lake, folder: path.join(lake, "gold") });
  answers = new GoldAnswers(gold.work.database);
  const { status, value } = await answered("");
  assert.equal(status, 503);
  assert.match(JSON.stringify(value), /Gold has not been made yet: gdelt-streams gold run/);
  for (const wrong of ["days=0", "days=93", "to=2026-02-30", "country=fra", "theme=a'b"]) {
    assert.equal((await answered(wrong)).status, 400, wrong);
  }
});

test("what is answered is what Silver has, of all and of a country, a theme and a day", {
  skip,
}, async () => {
  await runGold(gold.work, "slice");
  const { status, value } = await answered("");
  assert.equal(status, 200);
  assert.equal(value.quality.events, await count("select count(*) from silver.events"));
  assert.equal(
    value.quality.joined,
    await count("select count(*) from silver.mentions where event_joined"),
  );
  const sum = (of: readonly { readonly events: number }[]) =>
    of.reduce((total, { events }) => total + events, 0);
  assert.equal(sum(value.countries), value.quality.located);
  assert.equal(sum(value.days), value.quality.located);
  assert.equal(sum(value.tones), value.quality.located);
  assert.equal(value.days.length, 2, "it was midnight");

  const [{ code }] = value.countries as [Analysis["countries"][number]];
  const [theme] = value.stories.flatMap(({ themes }) => themes) as [string];
  const { value: part } = await answered(`country=${code}&theme=${theme}&days=1`);
  assert.equal(
    sum(part.days),
    await count(`select count(*) from silver.events as e
      where '${theme}' = any(themes) and slice >= (select max(slice)::date from silver.events)
        and action_geo_country_code in (select distinct action_geo_country_code from silver.events as s
          join gold.gold_event_story as g using (global_event_id) where g.mp_action_geo_country_iso = '${code}')`),
  );
  assert.ok(part.stories.every((story) => story.country === code && story.themes.includes(theme)));
  assert.deepEqual(part.countries.map(({ english }) => english).includes(""), false);
});

test("an answer is kept until another run has published", { skip }, async () => {
  const { body } = await analysisRoute(answers).answer(question("country=FRA"), "");
  await gold.work.database.transaction((tx) =>
    tx.execute("update gold.gold_country_news set event_count = event_count + 1"),
  );
  assert.equal((await analysisRoute(answers).answer(question("country=FRA"), "")).body, body);
  const { text, isWhole } = await verifyGold(gold.work.database);
  assert.equal(isWhole, false);
  assert.match(text, /gold_country_news: \d+ rows in 2 partitions, 2 differ\n {2}2026-0/);
  await gold.work.database.transaction((tx) =>
    tx.execute("update gold.gold_country_news set event_count = event_count - 1"),
  );
  const mended = await verifyGold(gold.work.database);
  assert.ok(mended.isWhole, mended.text);
});

test("an event is complete in Gold, and in Postgres, when a run has read and published it", {
  skip,
}, async () => {
  const known = await newestEvent();
  const complete = ["WAITING", "SILVER_COMPLETE", "GOLD_COMPLETE", "POSTGRES_COMPLETE"];
  assert.deepEqual(await statesOf(known), complete);
  const told = "select count(*) from ops.lifecycle where state = 'GOLD_COMPLETE'";
  const completed = "select count(*) from silver.events where status = 'SILVER_COMPLETE'";
  assert.equal(await count(told), await count(completed));

  await slices(4);
  const unread = await newestEvent();
  assert.deepEqual(await statesOf(unread), complete.slice(0, 2));
  await runGold(gold.work, "slice");
  assert.deepEqual(await statesOf(unread), complete);
  assert.equal(await count(told), await count(completed));
  assert.deepEqual(await statesOf(known), complete, "once and for all");
  const reasons = await ask(
    gold.work.database,
    `select distinct reason from ops.lifecycle where reason like 'run %' order by 1`,
  );
  assert.deepEqual(reasons, [["run 1 of Gold"], ["run 2 of Gold"]]);
});

test("every question of Grafana's board that asks Gold has rows", { skip }, async () => {
  const panels = analysisBoard.rows.flatMap((row) => row.panels);
  const questions = panels.flatMap(({ queries }) =>
    queries.flatMap((query) => ("sql" in query && /\bgold[._]/.test(query.sql) ? [query.sql] : [])),
  );
  assert.ok(questions.length >= 4, `${questions.length} questions`);
  for (const sql of questions) {
    const bound = sql.replaceAll(
      /\$__timeFilter\((\w+)\)/g,
      "$1 between '2016-01-01T00:00:00Z' and '2026-12-31T23:59:59Z'",
    );
    assert.ok((await ask(gold.work.database, bound)).length > 0, sql);
  }
});

test("the page can be had as a file", { skip }, async () => {
  const written = await writeAnalysis(gold.work.database, path.join(scratch, "page"));
  assert.ok(written.answers > 60 && written.bytes < 8e6, JSON.stringify(written));
  const page = await readFile(written.file, "utf8");
  assert.match(page, /Content-Security-Policy/);
  assert.ok(page.includes((await answered("")).value.stories[0]!.id));
});
