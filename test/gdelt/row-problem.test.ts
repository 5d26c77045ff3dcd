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
import { eventProblem, parseEvent } from "../../src/gdelt/parse-event.ts";
import { gkgProblem, parseGkg } from "../../src/gdelt/parse-gkg.ts";
import { mentionProblem, parseMention } from "../../src/gdelt/parse-mention.ts";
import type { RowProblem } from "../../src/gdelt/row-problem.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { RecordError } from "../../src/record/errors.ts";
import { rowsOf } from "./samples.ts";

/** The least that each feed accepts: its required fields. */
const LEAST = {
  event: { [EVENT.GlobalEventID]: "410412347", [EVENT.DATEADDED]: "20150218230000" },
  mention: {
    [MENTION.GlobalEventID]: "410412347",
    [MENTION.EventTimeDate]: "20150218230000",
    [MENTION.MentionTimeDate]: "20150218230000",
    [MENTION.MentionType]: "1",
    [MENTION.MentionIdentifier]: "http://example.org/",
  },
  gkg: {
    [GKG.GKGRECORDID]: "20150218230000-0",
    [GKG.DATE]: "20150218230000",
    [GKG.DocumentIdentifier]: "http://example.org/",
  },
} as const;

type Fields = Readonly<Record<number, string>>;

const lineOf = (columns: readonly Column[], fields: Fields): string =>
  columns.map(({ index }) => fields[index] ?? "").join("\t");

function problemOf(columns: readonly Column[], problem: RowProblem, line: string | Uint8Array) {
  const rows = new TsvRows(columns.length);
  rows.load(rowsOf(Buffer.from(line)));
  return problem(rows, 0);
}

const event = (fields: Fields) =>
  problemOf(eventColumns, eventProblem, lineOf(eventColumns, { ...LEAST.event, ...fields }));
const mention = (fields: Fields) =>
  problemOf(
    mentionColumns,
    mentionProblem,
    lineOf(mentionColumns, { ...LEAST.mention, ...fields }),
  );
const gkg = (fields: Fields) =>
  problemOf(gkgColumns, gkgProblem, lineOf(gkgColumns, { ...LEAST.gkg, ...fields }));

describe("row problems", () => {
  test("required fields are enough", () => {
    assert.equal(event({}), null);
    assert.equal(mention({}), null);
    assert.equal(gkg({}), null);
  });

  test("each required field is missed by name", () => {
    assert.equal(event({ [EVENT.GlobalEventID]: "" }), "missing: GlobalEventID");
    assert.equal(event({ [EVENT.DATEADDED]: "" }), "missing: DATEADDED");
    for (const column of [0, 1, 2, 3, 5]) {
      assert.equal(mention({ [column]: "" }), `missing: ${mentionColumns[column]!.name}`);
    }
    for (const column of [0, 1, 4]) {
      assert.equal(gkg({ [column]: "" }), `missing: ${gkgColumns[column]!.name}`);
    }
  });

  test("a wrong number of fields says how many there are", () => {
    const line = lineOf(eventColumns, LEAST.event);
    const problem = (text: string) => problemOf(eventColumns, eventProblem, text);
    assert.equal(problem(line.slice(0, -1)), "field_count: 60, expected 61");
    assert.equal(problem(`${line}\t`), "field_count: 62, expected 61");
    assert.equal(problem("x"), "field_count: 1, expected 61");
  });

  test("every typed column of every feed rejects what is not of its type", () => {
    for (const { index, name, type } of eventColumns) {
      const code = type === "date" || type === "stamp" ? "bad_date" : "bad_number";
      assert.equal(event({ [index]: "x" }), type === "text" ? null : `${code}: ${name} "x"`);
    }
    for (const { index, name, type } of mentionColumns) {
      const code = type === "stamp" ? "bad_date" : "bad_number";
      assert.equal(mention({ [index]: "1x" }), type === "text" ? null : `${code}: ${name} "1x"`);
    }
    assert.equal(gkg({ [GKG.DATE]: "20150229000000" }), 'bad_date: DATE "20150229000000"');
    assert.equal(
      gkg({ [GKG.SourceCollectionIdentifier]: "1.5" }),
      'bad_number: SourceCollectionIdentifier "1.5"',
    );
  });

  test("a tone is seven numbers or nothing", () => {
    assert.equal(gkg({ [GKG.V2Tone]: "-1.5,2,3.25,4,5,6,700" }), null);
    for (const tone of ["1,2,3,4,5,6", "1,2,3,4,5,6,7,8", "1,2,3,4,5,6,", "a,2,3,4,5,6,7", ","]) {
      assert.equal(gkg({ [GKG.V2Tone]: tone }), `bad_number: V2Tone "${tone}"`);
    }
  });

  test("numbers beyond their type and dates of no calendar are rejected", () => {
    assert.equal(
      event({ [EVENT.GlobalEventID]: "9007199254740993" }),
      'bad_number: GlobalEventID "9007199254740993"',
    );
    assert.equal(
      event({ [EVENT.NumArticles]: "2147483648" }),
      'bad_number: NumArticles "2147483648"',
    );
    assert.equal(event({ [EVENT.SQLDATE]: "20230229" }), 'bad_date: SQLDATE "20230229"');
  });

  test("a long bad value is quoted in part", () => {
    const reason = event({ [EVENT.AvgTone]: "y".repeat(5000) });
    assert.equal(reason, `bad_number: AvgTone "${"y".repeat(64)}"`);
  });

  test("invalid UTF-8 is a problem of its own row and named by column", () => {
    const good = Buffer.from(`${lineOf(eventColumns, LEAST.event)}\n`);
    const bad = Buffer.from(lineOf(eventColumns, { ...LEAST.event, [EVENT.Actor1Name]: "?" }));
    bad[bad.indexOf(63)] = 0xff;
    const rows = new TsvRows(eventColumns.length);
    rows.load(rowsOf(Buffer.concat([good, bad, Buffer.from("\n"), good])));
    assert.deepEqual(
      [0, 1, 2].map((row) => eventProblem(rows, row)),
      [null, "invalid_utf8: Actor1Name", null],
    );
  });

  test("texts and names too long for 16-bit lengths are rejected, long lists are not", () => {
    const long = "n".repeat(65_536);
    assert.equal(
      mention({ [MENTION.MentionIdentifier]: long }),
      "too_long: MentionIdentifier 65536 bytes, at most 65535",
    );
    assert.equal(
      gkg({ [GKG.V2Persons]: `A,1;${long};B,2` }),
      "too_long: V2Persons 65536 bytes, at most 65535",
    );
    assert.equal(gkg({ [GKG.V2Persons]: "Ann Example,12;".repeat(9000) }), null);
    assert.equal(gkg({ [GKG.GCAM]: `wc:1,${"c1.1:1,".repeat(20_000)}` }), null);
  });

  test("parsing one line throws its problem as a RecordError", () => {
    for (const parse of [parseEvent, parseMention, parseGkg]) {
      assert.throws(
        () => parse(Buffer.from("no\ttabs")),
        (error: unknown) => {
          assert.ok(error instanceof RecordError);
          assert.match(error.message, /^field_count: 2, expected \d+$/);
          return true;
        },
      );
    }
  });
});
