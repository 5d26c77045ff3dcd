import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { GKG, gkgColumns } from "../../src/gdelt/columns.ts";
import {
  DocumentContextReader,
  DocumentDistiller,
  NameCursor,
  type NameList,
  ORGANIZATIONS,
  PERSONS,
  THEMES,
} from "../../src/gdelt/document-context.ts";
import { GrowableBytes } from "../../src/gdelt/growable-bytes.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { propertyRuns } from "../ingest/property-runs.ts";
import { rowsOf, sampleRows, withoutSamples } from "./samples.ts";

const LISTS: readonly (readonly [NameList, number])[] = [
  [THEMES, GKG.V2Themes],
  [PERSONS, GKG.V2Persons],
  [ORGANIZATIONS, GKG.V2Organizations],
];

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Distinct names in byte order, by strings and sets. */
function namesOf(field: string): string[] {
  const names = field.split(";").map((block) => {
    const comma = block.lastIndexOf(",");
    return comma < 0 ? block : block.slice(0, comma);
  });
  return [...new Set(names.filter((name) => name !== ""))].sort(byBytes);
}

function namesIn(reader: DocumentContextReader, list: NameList): string[] {
  const cursor = new NameCursor().open(reader.bytes, reader.listStart(list), reader.listEnd(list));
  const names: string[] = [];
  while (cursor.next()) {
    names.push(Buffer.from(reader.bytes.subarray(cursor.start, cursor.end)).toString());
  }
  return names;
}

const recordId = (reader: DocumentContextReader): string =>
  Buffer.from(reader.bytes.subarray(reader.recordIdStart, reader.recordIdEnd)).toString();

interface Document {
  readonly id: string;
  readonly tone: string;
  readonly lists: readonly string[];
}

function loaded(documents: readonly Document[]): TsvRows {
  const lines = documents.map(({ id, tone, lists }) => {
    const fields = gkgColumns.map(() => "");
    fields[GKG.GKGRECORDID] = id;
    fields[GKG.V2Tone] = tone;
    for (const [list, column] of LISTS) fields[column] = lists[list] ?? "";
    return `${fields.join("\t")}\n`;
  });
  const rows = new TsvRows(gkgColumns.length);
  rows.load(rowsOf(Buffer.from(lines.join(""))));
  return rows;
}

/** Distils all rows into one buffer; where each context begins. */
function distilled(rows: TsvRows) {
  const distiller = new DocumentDistiller();
  const target = new GrowableBytes();
  const starts: number[] = [];
  for (let row = 0; row < rows.length; row++) {
    starts.push(target.length);
    distiller.distil(rows, row, target);
  }
  return { target, starts };
}

const block = fc
  .tuple(
    fc.string({
      unit: fc.constantFrom("A", "B", "AB", "é", "\u{1f600}", ",", " ", "\0"),
      maxLength: 9,
    }),
    fc.oneof(
      fc.constant(""),
      fc.nat(9999).map((offset) => `,${offset}`),
    ),
  )
  .map(([name, offset]) => name + offset);

const list = fc
  .tuple(fc.array(block, { maxLength: 60 }), fc.constantFrom("", ";"))
  .map(([blocks, end]) => blocks.join(";") + end);

describe("document contexts", () => {
  test("a context holds the id, the tone and the distinct names in byte order", () => {
    const rows = loaded([
      {
        id: "20150218230000-T17",
        tone: "-2.5,1,3.5,4.5,20,1,300",
        lists: ["TAX_B,1;TAX_B,9;TAX_A,3;TAX_B,12;", "Sammy Davis, Jr.,7;Ann,2;", ""],
      },
    ]);
    const { target } = distilled(rows);
    const reader = new DocumentContextReader().read(target.bytes, 0);
    assert.equal(recordId(reader), "20150218230000-T17");
    assert.equal(reader.hasTone, true);
    assert.equal(reader.tone, -2.5);
    assert.deepEqual(namesIn(reader, THEMES), ["TAX_A", "TAX_B"]);
    assert.deepEqual(namesIn(reader, PERSONS), ["Ann", "Sammy Davis, Jr."]);
    assert.deepEqual(namesIn(reader, ORGANIZATIONS), []);
    assert.equal(reader.end, target.length);
  });

  test("a document without tone or names has a context all the same", () => {
    const { target } = distilled(loaded([{ id: "20150218230000-0", tone: "", lists: [] }]));
    const reader = new DocumentContextReader().read(target.bytes, 0);
    assert.equal(reader.hasTone, false);
    for (const [which] of LISTS) assert.deepEqual(namesIn(reader, which), []);
    assert.equal(reader.end, target.length);
  });

  test("any documents in one buffer are read back as strings and sets have them", () => {
    const document = fc.record({
      id: fc.constantFrom("20150218230000-0", "20150218230000-T1234"),
      tone: fc.constantFrom("", "1.5,2,3,4,5,6,7", "0,0,0,0,0,0,0"),
      lists: fc.array(list, { minLength: 3, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 6 }), (documents) => {
        const { target, starts } = distilled(loaded(documents));
        const reader = new DocumentContextReader();
        for (const [row, { id, tone, lists }] of documents.entries()) {
          reader.read(target.bytes, starts[row]!);
          assert.equal(recordId(reader), id);
          assert.equal(reader.hasTone, tone !== "");
          assert.equal(reader.tone, Number(tone.split(",")[0]));
          for (const [which] of LISTS) {
            assert.deepEqual(namesIn(reader, which), namesOf(lists[which]!));
          }
          assert.equal(reader.end, starts[row + 1] ?? target.length);
        }
      }),
      propertyRuns(300),
    );
  });

  test("a list of any length is sorted whole", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `NAME_${(i * 7919) % 4999}`);
    const field = names.map((name) => `${name},1`).join(";");
    const { target } = distilled(loaded([{ id: "x", tone: "", lists: [field] }]));
    const reader = new DocumentContextReader().read(target.bytes, 0);
    assert.deepEqual(namesIn(reader, THEMES), namesOf(field));
  });

  test("names without offsets, whose lengths take more room than they had, all fit", () => {
    const names = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(0x4e00 + i));
    const { target } = distilled(loaded([{ id: "x", tone: "", lists: [names.join(";")] }]));
    const reader = new DocumentContextReader().read(target.bytes, 0);
    assert.deepEqual(namesIn(reader, THEMES), names);
  });

  test("the longest name that a row may have is kept whole", () => {
    const name = "n".repeat(65_535);
    const { target } = distilled(loaded([{ id: "x", tone: "", lists: ["", `${name},1;b,2`] }]));
    const reader = new DocumentContextReader().read(target.bytes, 0);
    assert.deepEqual(namesIn(reader, PERSONS), ["b", name]);
  });

  test("the documents of a real slice lose no name", { skip: withoutSamples }, () => {
    const rows = new TsvRows(gkgColumns.length);
    rows.load(sampleRows("real/20230702153000.gkg.csv.zip"));
    const { target, starts } = distilled(rows);
    const reader = new DocumentContextReader();
    for (let row = 0; row < rows.length; row++) {
      reader.read(target.bytes, starts[row]!);
      assert.equal(recordId(reader), rows.text(row, GKG.GKGRECORDID));
      assert.equal(reader.tone, Number(rows.text(row, GKG.V2Tone)?.split(",")[0]));
      for (const [which, column] of LISTS) {
        assert.deepEqual(namesIn(reader, which), namesOf(rows.text(row, column) ?? ""));
      }
    }
  });
});
