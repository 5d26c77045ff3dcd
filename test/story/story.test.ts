import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { LakeSql } from "../../src/lake-sql/lake-sql.ts";
import { readStory } from "../../src/story/event-story.ts";
import { readTraces } from "../../src/story/event-traces.ts";
import { storyText } from "../../src/story/story-text.ts";
import { type LakeFiles, simulatedLake, withLake, writeLake } from "../audit/lakes.ts";
import { TROUBLE } from "../audit/trouble.ts";

const golden = (name: string) =>
  fileURLToPath(new URL(`../golden/story-${name}.txt`, import.meta.url));
const asText = { serializers: [(value: string) => value] };

describe("the story of an event", () => {
  let scratch: string;
  let folder: string;
  let files: LakeFiles;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "story-"));
    folder = join(scratch, "lake");
    files = await simulatedLake(TROUBLE.scenario, TROUBLE.run);
    await writeLake(folder, files);
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  const one = async (lake: LakeSql, sql: string): Promise<string> => {
    await lake.useViews(sql);
    const [row] = await lake.query(sql);
    assert(row !== undefined, sql);
    return String(row["id"]);
  };

  test("reads like this", (t) =>
    withLake(folder, async (lake) => {
      const told = async (order: string) => {
        const id = await one(
          lake,
          `SELECT global_event_id AS id FROM silver.events ORDER BY ${order}, id LIMIT 1`,
        );
        return storyText((await readStory(lake, id))!);
      };
      t.assert.fileSnapshot(
        await told("mention_count DESC, revision DESC"),
        golden("complete"),
        asText,
      );
      t.assert.fileSnapshot(
        await told("status = 'EXPIRED' DESC, mention_count DESC"),
        golden("expired"),
        asText,
      );
    }));

  test("has all that Silver counts of it, and where each row was published", () =>
    withLake(folder, async (lake) => {
      const rows = `SELECT * FROM silver.events`;
      await lake.useViews(rows);
      for (const event of await lake.query(rows)) {
        const story = (await readStory(lake, String(event["global_event_id"])))!;
        const mentions = story.documents.flatMap((document) => document.mentions);
        const contexts = new Set(
          story.documents.map((document) => document.gkg_record_id).filter((id) => id !== null),
        );
        assert.equal(mentions.filter(({ joined }) => joined).length, event["mention_count"]);
        assert.equal(contexts.size, event["document_count"]);
        assert.equal(story.states.at(-1)!.state, event["status"]);
        assert.equal(story.revisions.at(-1)!.revision, event["revision"]);
        assert(mentions.every(({ published }) => published !== null));
        assert(
          story.documents.every(
            (of) => of.gkg_record_id === of.context?.record_id || of.gkg_record_id === null,
          ),
        );
        assert.notEqual(story.published, null);
        assert(storyText(story).includes(event["sentence"] as string));
      }
    }));

  test("says what is not there without Bronze", async () => {
    const bare = join(scratch, "bare");
    await writeLake(bare, new Map([...files].filter(([path]) => !path.startsWith("bronze/"))));
    await withLake(bare, async (lake) => {
      const id = await one(lake, "SELECT max(global_event_id) AS id FROM silver.events");
      const story = (await readStory(lake, id))!;
      assert.equal(story.published, null);
      assert.match(story.missing.join(" "), /this lake keeps no Bronze/);
      assert(storyText(story).includes(story.event["sentence"] as string));
    });
  });

  test("of an event that is not there tells where it left a trace", () =>
    withLake(folder, async (lake) => {
      assert.equal(await readStory(lake, "1"), null);
      assert.deepEqual(await readTraces(lake, "1"), []);
      for (const reason of ["before_start", "slice_missing", "older_than_retention"]) {
        const id = await one(
          lake,
          `SELECT global_event_id AS id FROM silver.mentions WHERE orphan_reason = '${reason}' LIMIT 1`,
        );
        assert.equal(await readStory(lake, id), null);
        const traces = (await readTraces(lake, id)).join("\n");
        assert.match(traces, new RegExp(`mentions? speaks? of it \\(${reason};`));
      }
      const id = await one(
        lake,
        `SELECT split_part(decode(raw, 'replace'), chr(9), 1) AS id FROM dead_letter
         WHERE feed IN ('events', 'mentions') AND row IS NOT NULL
           AND TRY_CAST(split_part(decode(raw, 'replace'), chr(9), 1) AS BIGINT) > 0`,
      );
      const traces = (await readTraces(lake, id)).join("\n");
      assert.match(
        traces,
        /A row of (?:events|mentions) that begins with it is a dead letter: row \d+ of \d+/,
      );
    }));
});
