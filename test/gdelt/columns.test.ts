import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Column,
  EVENT,
  eventColumns,
  GKG,
  gkgColumns,
  MENTION,
  mentionColumns,
} from "../../src/gdelt/columns.ts";
import { ENGLISH_FEEDS } from "../../src/gdelt/feeds.ts";
import { silverEventsSchema, silverMentionsSchema } from "../../src/gdelt/silver-schema.ts";

const TABLES: Readonly<Record<string, readonly Column[]>> = {
  events: eventColumns,
  mentions: mentionColumns,
  gkg: gkgColumns,
};

describe("columns", () => {
  test("each feed has as many columns as its files", () => {
    assert.deepEqual(
      ENGLISH_FEEDS.map(({ kind, columns }) => [kind, columns]),
      Object.entries(TABLES).map(([kind, columns]) => [kind, columns.length]),
    );
  });

  test("names are unique and a column's index is its place", () => {
    for (const columns of Object.values(TABLES)) {
      assert.equal(new Set(columns.map(({ name }) => name)).size, columns.length);
      assert.equal(new Set(columns.map(({ snakeName }) => snakeName)).size, columns.length);
      assert.deepEqual(
        columns.map(({ index }) => index),
        columns.map((_, place) => place),
      );
    }
  });

  test("the columns which joins and contexts read are where the codebooks put them", () => {
    assert.deepEqual(
      [EVENT.SQLDATE, EVENT.EventCode, EVENT.ActionGeo_Fullname, EVENT.DATEADDED, EVENT.SOURCEURL],
      [1, 26, 52, 59, 60],
    );
    assert.deepEqual(
      [MENTION.EventTimeDate, MENTION.MentionIdentifier, MENTION.MentionDocTone],
      [1, 5, 13],
    );
    // V1.5Tone (15) under the name of the themes (8) is what the original system stumbled over.
    assert.deepEqual(
      [GKG.DocumentIdentifier, GKG.V2Themes, GKG.V2Persons, GKG.V2Organizations, GKG.V2Tone],
      [4, 8, 12, 14, 15],
    );
  });

  test("what Silver takes over from events and mentions has the same name", () => {
    const derived = new Set(["month_year", "year", "fraction_date"]);
    const silver = new Set(silverEventsSchema.names);
    for (const { snakeName } of eventColumns) {
      assert.equal(silver.has(snakeName), !derived.has(snakeName), snakeName);
    }
    const silverMentions = new Set<unknown>(silverMentionsSchema.names);
    for (const { snakeName } of mentionColumns) assert.ok(silverMentions.has(snakeName), snakeName);
  });
});
