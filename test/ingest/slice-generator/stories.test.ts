import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventPhrase } from "../../../src/gdelt/cameo.ts";
import { EVENT, GKG, MENTION } from "../../../src/gdelt/columns.ts";
import { actorNamed } from "../../../src/ingest/slice-generator/actors.ts";
import { deedCells } from "../../../src/ingest/slice-generator/deeds.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { NATIONS } from "../../../src/ingest/slice-generator/nations.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { Stories } from "../../../src/ingest/slice-generator/stories.ts";
import { COMMON_SCENES, SUBJECTS } from "../../../src/ingest/slice-generator/subjects.ts";

const NOON_MS = Date.UTC(2026, 3, 21, 12);

describe("stories", () => {
  test("have only actors, deeds and verbs that are known", () => {
    const nations = [NATIONS[0]!, NATIONS[1]!] as const;
    const unknownVerb = eventPhrase("99").withObject;
    const scenes = [...COMMON_SCENES, ...SUBJECTS.flatMap((subject) => subject.scenes)];
    for (const { actor1, code, actor2 } of scenes) {
      for (const actor of [actor1, actor2]) {
        assert.equal(actorNamed(actor, nations).cells.length, 10, actor);
      }
      assert.equal(deedCells(code).length, 5);
      assert.notEqual(eventPhrase(code).withObject, unknownVerb, code);
    }
    assert(scenes.length > 100);
  });

  test("an event picked for a story is of that story, wherever the range begins", () => {
    const random = new Random(5);
    for (let i = 0; i < 500; i++) {
      const story = Stories.pick(random);
      const range = { first: 1_300_000_000 + random.below(1e6), count: 48 * 8 * 2 };
      const id = Stories.pickEvent(random, story, range);
      assert(id >= range.first && id < range.first + range.count);
      assert.equal(Stories.ofEvent(id), story);
    }
  });

  test("a range without an event of the story still gives one of its events", () => {
    const random = new Random(6);
    for (let i = 0; i < 200; i++) {
      const range = { first: 1_300_000_000 + random.below(1e6), count: 1 + random.below(5) };
      const id = Stories.pickEvent(random, Stories.pick(random), range);
      assert(id >= range.first && id < range.first + range.count);
    }
  });

  test("what is written about an event shares its subject, wherever its slice", () => {
    const spec = { seed: 3, startMs: NOON_MS, eventsPerSlice: 800, gcamEntries: 3 };
    const { feeds } = new SliceStream(spec).slice(9);
    const rows = (feed: string) =>
      feeds
        .get(feed)!
        .toString()
        .split("\n")
        .slice(0, -1)
        .map((row) => row.split("\t"));
    const themes = new Map(
      rows("gkg").map((row) => [row[GKG.DocumentIdentifier]!, row[GKG.Themes]!.split(";")]),
    );
    let sharing = 0;
    let all = 0;
    for (const row of rows("mentions")) {
      const found = themes.get(row[MENTION.MentionIdentifier]!);
      if (!found || found.length < 4 || row[MENTION.MentionType] !== "1") continue;
      const subject =
        SUBJECTS[Stories.ofEvent(Number(row[MENTION.GlobalEventID])) % SUBJECTS.length];
      all++;
      sharing += Number(subject!.themes.every((theme) => found.includes(theme)));
    }
    assert(all > 500 && sharing / all > 0.99, `${sharing} of ${all} mentions share the subject`);
  });

  test("events happen where their story does, and their QuadClass is that of their code", () => {
    const spec = { seed: 3, startMs: NOON_MS, eventsPerSlice: 400, gcamEntries: 3 };
    const text = new SliceStream(spec).slice(9).feeds.get("events")!.toString();
    const stories = new Stories(3);
    let atHome = 0;
    const events = text.split("\n").slice(0, -1);
    for (const row of events.map((line) => line.split("\t"))) {
      const { home, places } = stories.story(Stories.ofEvent(Number(row[EVENT.GlobalEventID])));
      const place = row[EVENT.ActionGeo_Fullname]!;
      assert(place === "" || [home, ...places].some(({ name }) => name === place), place);
      atHome += Number(place === home.name);
      const [, , root, quadClass] = deedCells(row[EVENT.EventCode]!);
      assert.deepEqual([row[EVENT.EventRootCode], row[EVENT.QuadClass]], [root, quadClass]);
    }
    assert(atHome / events.length > 0.5);
  });
});
