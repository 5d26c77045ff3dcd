import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { EventRows, Step } from "../../../src/app/inspector/events/event-rows.ts";
import { LakeEvents } from "../../../src/app/inspector/events/lake-events.ts";
import { MartEvents } from "../../../src/app/inspector/events/mart-events.ts";
import { EmbeddedMart } from "../../../src/app/mart-place.ts";
import { ask } from "../../../src/app/mart-question.ts";
import { replay } from "../../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../../src/app/replay-options.ts";
import type { JsonRow } from "../../../src/gdelt/json-row.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";

const clock = { nowMs: () => Date.now() };

/** Each place notes when it has committed a row. */
const committed = ({ silver_committed_at: _, ...row }: JsonRow): JsonRow => row;

const comparable = ({ event, mentions, ...counts }: EventRows) => ({
  ...counts,
  event: event && committed(event),
  mentions: mentions.map(committed),
});

describe("the mart and the lake", { timeout: 120_000 }, () => {
  let scratch: string;
  let database: Database;
  let mart: MartEvents;
  let lake: LakeEvents;

  const select = async (sql: string): Promise<readonly (string | null)[]> => {
    const { rows } = await ask(database, { sql, rowsMax: 100, timeoutMs: 10_000 });
    return rows.map(([value]) => value!);
  };

  before(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), "gdelt-streams-places-"));
    const [slices, out] = [path.join(scratch, "slices"), path.join(scratch, "out")];
    const stream = new SliceStream({ seed: 5, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 40 });
    await writeSlices(slices, stream.slices(3), { zipped: true });
    const options = { ...REPLAY_DEFAULTS, slices, out, partitions: 2, close: true };
    const never = new AbortController().signal;
    await replay({ ...options, mart: { kind: "pglite" } }, clock, () => {}, never);
    database = await new EmbeddedMart(out).open();
    mart = new MartEvents((question) => ask(database, question));
    lake = new LakeEvents(out);
  });
  after(async () => {
    await database.close();
    await rm(scratch, { recursive: true });
  });

  test("say the same of an event, in every column", async () => {
    const some = `select global_event_id from silver.events order by mention_count desc limit 5`;
    const waiting = `select global_event_id from silver.events where status = 'EXPIRED' limit 2`;
    const ids = [...(await select(some)), ...(await select(waiting))];
    assert.ok(ids.length >= 6, String(ids));
    for (const id of ids.map(Number)) {
      const [inMart, inLake] = [await mart.rows(id), await lake.rows(id)];
      assert.deepEqual(comparable(inMart!), comparable(inLake!));
      assert.equal(inMart!.event!["global_event_id"], id);
      assert.match(String(inMart!.event!["slice"]), /^2026-01-01T00:\d\d:00\.000Z$/);
      const { mentionCount, mentions } = inMart!;
      assert.equal(mentionCount, inMart!.event!["mention_count"]);
      assert.equal(mentions.length, Math.min(200, mentionCount));
    }
  });

  test("and of its steps, those of mentions without an event, and of one that is nowhere", async () => {
    const [id] = await select("select global_event_id from silver.events where status = 'EXPIRED'");
    const words = (steps: readonly Step[]) => steps.map(({ state, reason }) => [state, reason]);
    const steps = await mart.steps(Number(id));
    assert.deepEqual(words(steps).slice(0, 2), [
      ["WAITING", null],
      ["EXPIRED", "retention_ended"],
    ]);
    assert.equal(steps.at(-1)!.state, "COMMITTED");
    assert.deepEqual(words(await lake.steps(Number(id))), words(steps));
    const orphans = "select global_event_id from silver.mentions where not event_joined limit 1";
    for (const orphan of await select(orphans)) {
      const found = await mart.rows(Number(orphan));
      assert.deepEqual(
        [found!.event, comparable(found!)],
        [null, comparable((await lake.rows(Number(orphan)))!)],
      );
    }
    for (const place of [mart, lake]) {
      assert.deepEqual([await place.rows(1), await place.steps(1)], [null, []]);
    }
  });

  test("the lake is read for one question at a time", async () => {
    const [first, second] = await Promise.allSettled([lake.rows(1), lake.rows(2)]);
    assert.equal(first.status, "fulfilled");
    assert.match(String((second as PromiseRejectedResult).reason), /read for another question/);
    assert.equal(await lake.rows(2), null);
  });
});
