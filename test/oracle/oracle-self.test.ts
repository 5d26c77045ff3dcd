import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  deadLetterSchema,
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../../src/gdelt/silver-schema.ts";
import { pythonReaders, runPython } from "../python-readers.ts";
import { compareWithOracle, type Oracle, openOracle, type Report } from "./compare.ts";

const samples = process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt";
const joined = join(samples, "joined", "gdeltv2");
const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";
const noSamples = !existsSync(joined) && `no GDELT samples at ${joined}: set GDELT_SAMPLES`;

/** A row of `width` fields, empty but for the ones given. */
const row = (width: number, fields: Record<number, string | number>): string =>
  Array.from({ length: width }, (_, i) => fields[i] ?? "").join("\t");

const event = (id: number | string, stamp: string, fields: Record<number, string> = {}) =>
  row(61, { 0: id, 59: stamp, ...fields });

interface Told {
  readonly of: number;
  readonly added: string;
  readonly at: string;
  readonly by: string;
  readonly type?: number;
  readonly source?: string;
  readonly sentence?: number;
  readonly offset?: number;
  readonly confidence?: number;
  readonly tone?: string;
  readonly extras?: string;
}

const mention = (m: Told): string =>
  row(16, {
    0: m.of,
    1: m.added,
    2: m.at,
    3: m.type ?? 1,
    4: m.source ?? "",
    5: m.by,
    6: m.sentence ?? 1,
    7: m.offset ?? -1,
    8: -1,
    9: 10,
    11: m.confidence ?? 10,
    13: m.tone ?? "",
    15: m.extras ?? "",
  });

const gkg = (n: number, stamp: string, document: string, fields: Record<number, string>) =>
  row(27, { 0: `${stamp}-${n}`, 1: stamp, 2: 1, 4: document, ...fields });

/** The seven numbers of V1.5Tone. */
const tones = (tone: number | string) => `${tone},1,2.5,.5,0,0,365`;

const at = (time: string) => `20240101${time}00`;
const [t0, t15, t30, t45, t60] = ["0000", "0015", "0030", "0045", "0100"].map(at) as [
  string,
  string,
  string,
  string,
  string,
];
const retentionMs = 30 * 60_000;
const manyThemes = Array.from({ length: 70 }, (_, i) => `T${String(i).padStart(2, "0")},${i}`);

/** Five quarter-hours, the fourth of them never published; every rule of the join has its row. */
const SLICES: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  [`${t0}.export.CSV`]: [
    event(1, t0, { 1: "20231231", 26: "010", 30: "-1.5", 56: "48.5", 60: "http://a" }),
    event(2, t0),
    "1\ttoo\tfew",
    event("x7", t0),
    event(8, t0, { 1: "20240231" }),
  ],
  [`${t0}.mentions.CSV`]: [
    mention({ of: 1, added: t0, at: t0, by: "a", source: "s1", confidence: 50, tone: "1" }),
    // The same natural key: collapses, whatever the rest says.
    mention({ of: 1, added: t0, at: t0, by: "a", source: "s9", confidence: 90, extras: "again" }),
    mention({ of: 1, added: t0, at: t0, by: "b", source: "s2", confidence: 80, tone: "2" }),
    mention({ of: 1, added: t0, at: t0, by: "b", source: "s2", confidence: 80, sentence: 2 }),
    // Looks like document "a", but is a citation.
    mention({ of: 2, added: t0, at: t0, by: "a", type: 2, source: "BBC Monitoring" }),
    // An empty line is a row, unless nothing follows it.
    "",
    Buffer.concat([Buffer.from(mention({ of: 1, added: t0, at: t0, by: "c" })), Buffer.of(0xff)]),
  ],
  [`${t0}.gkg.csv`]: [
    // As bytes, "-10" comes before "-9".
    gkg(9, t0, "a", { 12: "Wrong,1", 15: tones(9) }),
    gkg(10, t0, "a", { 12: "Smith, John,12;Zed,1;Smith, John,99;;Émile,3;", 15: tones(1.5) }),
    gkg(11, t0, "b", { 8: `${manyThemes.join(";")};`, 12: "Zed,7", 14: "UN,5", 15: tones(-3.5) }),
    gkg(12, t0, "b2", { 15: tones("high") }),
    gkg(13, t0, "b3", { 15: "1,2,3" }),
    gkg(14, t0, "", { 15: tones(1) }),
  ],
  [`${t15}.export.CSV`]: [event(3, t15), event(1, t15, { 26: "020" })],
  [`${t15}.mentions.CSV`]: [
    // Another slice's document, for there is none of "b" in this one.
    mention({ of: 1, added: t0, at: t15, by: "b", source: "s1", confidence: 80 }),
    mention({ of: 3, added: t15, at: t15, by: "a" }),
    mention({ of: 4, added: "20231231234500", at: t15, by: "a" }),
    mention({ of: 99, added: t15, at: t15, by: "a" }),
    mention({ of: 1, added: t15, at: t15, by: "a" }),
    // The first slice is not before the start.
    mention({ of: 98, added: t0, at: t15, by: "q" }),
  ],
  [`${t15}.gkg.csv`]: [gkg(0, t15, "a", { 15: tones(4) })],
  [`${t30}.export.CSV`]: [event(7, t30)],
  [`${t30}.mentions.CSV`]: [
    // As old as the retention is not older.
    mention({ of: 1, added: t0, at: t30, by: "z", tone: "6" }),
    // Ties but for the identifier, then the offset.
    mention({ of: 7, added: t30, at: t30, by: "y", tone: "7" }),
    mention({ of: 7, added: t30, at: t30, by: "x", tone: "8", offset: 5 }),
    mention({ of: 7, added: t30, at: t30, by: "x", tone: "9" }),
  ],
  [`${t30}.gkg.csv`]: [],
  [`${t60}.export.CSV`]: [event(5, t60)],
  [`${t60}.mentions.CSV`]: [
    mention({ of: 1, added: t0, at: t60, by: "a" }),
    mention({ of: 6, added: t45, at: t60, by: "a" }),
    mention({ of: 6, added: at("0200"), at: t60, by: "a" }),
  ],
};

/**
 * The rows of a Delta table as JSON, times as microseconds. It leaves by os._exit, because a thread
 * of Arrow's sometimes aborts the interpreter's end (delta-io/delta-rs#2184).
 */
const READ = `
import json, os, sys, pyarrow as pa
from deltalake import DeltaTable
rows = DeltaTable(json.load(sys.stdin)).to_pyarrow_table()
for i, f in enumerate(rows.schema):
    if pa.types.is_timestamp(f.type):
        rows = rows.set_column(i, f.name, rows.column(i).cast(pa.int64()))
print(json.dumps(rows.drop_columns(["slice_date"]).to_pylist(), default=str), flush=True)
os._exit(0)
`;

/** Copies the tables once per plant, with one change each. */
const PLANT = `
import json, os, shutil, sys, pyarrow as pa
from deltalake import DeltaTable, write_deltalake
case = json.load(sys.stdin)
for plant in case["plants"]:
    shutil.copytree(case["source"], plant["out"])
    path = plant["out"] + "/" + plant["table"]
    rows = DeltaTable(path).to_pyarrow_table()
    schema, rows = rows.schema, rows.to_pylist()
    hit = [r for r in rows if all(r[k] == v for k, v in plant["where"].items())]
    assert len(hit) == 1, (plant, len(hit))
    if plant["act"] == "change":
        hit[0].update(plant["values"])
    elif plant["act"] == "add":
        rows.append({**hit[0], **plant["values"]})
    elif plant["act"] == "remove":
        rows.remove(hit[0])
    elif plant["act"] == "retype":
        i = schema.get_field_index(plant["column"])
        schema = schema.set(i, schema.field(i).with_type(pa.int64()))
    write_deltalake(path, pa.Table.from_pylist(rows, schema), mode="overwrite",
                    schema_mode="overwrite", partition_by=["slice_date"])
print("null", flush=True)
os._exit(0)
`;

interface Plant {
  readonly name: string;
  readonly table: string;
  readonly act: "change" | "add" | "remove" | "retype";
  readonly where: Record<string, unknown>;
  readonly values?: Record<string, unknown>;
  readonly column?: string;
  /** What the message has to name: null if the tables are still equal. */
  readonly finds: RegExp | null;
}

const complete = { global_event_id: 1 };
const atZ = { mention_identifier: "z" };
const PLANTS: readonly Plant[] = [
  {
    name: "a changed number",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { mention_count: 6 },
    finds: /silver\/events key \[1\] column mention_count \(column\): expected 5, found 6/,
  },
  {
    name: "a lost leading zero",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { event_code: "10" },
    finds: /silver\/events key \[1\] column event_code \(column\): expected 010, found 10/,
  },
  {
    name: "an empty text where null belongs",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { actor1_name: "" },
    finds: /silver\/events key \[1\] column actor1_name/,
  },
  {
    name: "names in another order",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { persons: ["Smith, John", "Zed", "Émile"] },
    finds: /silver\/events key \[1\] column persons/,
  },
  {
    name: "a mean off by a millionth",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { mention_tone_avg: 3.000003 },
    finds: /silver\/events key \[1\] column mention_tone_avg/,
  },
  {
    name: "a mean summed in another order",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { mention_tone_avg: 3.0000000000000004 },
    finds: null,
  },
  {
    name: "a missing mean",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { mention_tone_avg: null },
    finds: /silver\/events key \[1\] column mention_tone_avg/,
  },
  {
    name: "a row in the partition of another day",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { slice_date: 0 },
    finds: /silver\/events key \[1\] column slice_date/,
  },
  {
    name: "a column of another type",
    table: "silver/events",
    act: "retype",
    where: complete,
    column: "mention_count",
    finds: /silver\/events key \[-\] column mention_count \(schema\): expected int32, found int64/,
  },
  {
    name: "an older revision with other values",
    table: "silver/events",
    act: "add",
    where: complete,
    values: { revision: 0, mention_count: 1 },
    finds: null,
  },
  {
    name: "a newer revision with other values",
    table: "silver/events",
    act: "add",
    where: complete,
    values: { revision: 2, mention_count: 1 },
    finds: /silver\/events key \[1\] column mention_count/,
  },
  {
    name: "a newer generation with other values",
    table: "silver/events",
    act: "add",
    where: complete,
    values: { generation: 2, revision: 0, lead_identifier: "a" },
    finds: /silver\/events key \[1\] column lead_identifier \(column\): expected b, found a/,
  },
  {
    name: "a doubled row",
    table: "silver/events",
    act: "add",
    where: complete,
    values: {},
    finds: /silver\/events key \[1\] \(doubled\): expected 1 row, found 2 rows/,
  },
  {
    name: "a missing row",
    table: "silver/events",
    act: "remove",
    where: complete,
    finds: /silver\/events key \[1\] \(missing\)/,
  },
  {
    name: "an extra row",
    table: "silver/events",
    act: "add",
    where: complete,
    values: { global_event_id: 77 },
    finds: /silver\/events key \[77\] \(extra\)/,
  },
  {
    name: "a wrong reason of an orphan",
    table: "silver/mentions",
    act: "change",
    where: { global_event_id: 99 },
    values: { orphan_reason: "before_start" },
    finds: /silver\/mentions key \[99 .*\] column orphan_reason/,
  },
  {
    name: "a missing mention",
    table: "silver/mentions",
    act: "remove",
    where: atZ,
    finds: /silver\/mentions key \[1 20240101000000 20240101003000 1 1 -1 -1 10 z\] \(missing\)/,
  },
  {
    name: "two keys for one mention",
    table: "silver/mentions",
    act: "add",
    where: atZ,
    values: { revision: 2, mention_key: "other" },
    finds: /silver\/mentions key \[1 .* z\] column mention_key/,
  },
  {
    name: "one key for two mentions",
    table: "silver/mentions",
    act: "add",
    where: atZ,
    values: { sentence_id: 7 },
    finds: /silver\/mentions key \[[0-9a-f]{32}\] column mention_key/,
  },
  {
    name: "a state reached twice",
    table: "audit/lifecycle",
    act: "add",
    where: { global_event_id: 1, state: "WAITING" },
    values: {},
    finds: /audit\/lifecycle key \[1 WAITING\] \(doubled\)/,
  },
  {
    name: "a state never reached",
    table: "audit/lifecycle",
    act: "change",
    where: { global_event_id: 3, state: "SILVER_COMPLETE" },
    values: { state: "EXPIRED" },
    finds: /audit\/lifecycle key \[3 SILVER_COMPLETE\] \(missing\)/,
  },
  {
    name: "a state of a later stage",
    table: "audit/lifecycle",
    act: "add",
    where: { global_event_id: 1, state: "WAITING" },
    values: { state: "GOLD_COMPLETE" },
    finds: null,
  },
  {
    name: "a dead letter of another row",
    table: "dead_letter",
    act: "change",
    where: { feed: "events", row: 2 },
    values: { row: 1 },
    finds: /dead_letter key \[events 20240101000000\.export\.CSV 1\] \(extra\)/,
  },
  {
    name: "a dead letter whose file came zipped",
    table: "dead_letter",
    act: "change",
    where: { feed: "mentions", row: 6 },
    values: { file: "20240101000000.mentions.CSV.zip" },
    finds: null,
  },
  {
    name: "a dead letter with other bytes",
    table: "dead_letter",
    act: "change",
    where: { feed: "events", row: 2 },
    values: { raw: "1\ttoo" },
    finds: /dead_letter key \[events 20240101000000\.export\.CSV 2\] column raw/,
  },
  {
    name: "an event without a sentence",
    table: "silver/events",
    act: "change",
    where: complete,
    values: { sentence: null },
    finds: /silver\/events key \[1\] column sentence/,
  },
  {
    name: "a doubled mention",
    table: "silver/mentions",
    act: "add",
    where: atZ,
    values: {},
    finds: /silver\/mentions key \[1 .* z\] \(doubled\)/,
  },
];

async function writeSlices(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, rows] of Object.entries(SLICES)) {
    const lines = rows.flatMap((line) => [Buffer.from(line as string), Buffer.from("\n")]);
    await writeFile(join(folder, name), Buffer.concat(lines));
  }
}

describe("the oracle on the real joined slices", { skip: noPython || noSamples }, () => {
  test("counts what the data's own README says", async () => {
    const oracle = await openOracle();
    const { counts } = await oracle.check({ slices: joined });
    await oracle.close();
    assert.deepEqual(counts, {
      events: 8_709,
      mentions: 37_208,
      gkg_rows: 8_570,
      documents: 8_570,
      duplicate_events: 0,
      duplicate_mentions: 0,
      dead_letters: 0,
      joined: 15_438,
      orphans: 21_770,
      orphans_before_start: 21_671,
      orphans_slice_missing: 0,
      orphans_foreign_stream: 1,
      orphans_older_than_retention: 98,
      with_context: 35_149,
      joined_with_context: 14_644,
      orphans_without_context: 1_265,
      citations: 53,
      documents_mentioned: 5_923,
      documents_mentioned_with_context: 5_609,
      events_with_mentions: 8_709,
      complete: 8_257,
      waiting: 452,
      expired: 0,
      complete_id_sum: 3_388_820_364_090,
      complete_id_xor: 410_423_872,
    });
  });
});

describe("the oracle", { skip: noPython }, () => {
  let folder: string;
  let slices: string;
  let expected: string;
  let oracle: Oracle;
  let report: Report;
  const rows = async (table: string) =>
    (await runPython(python!, READ, join(expected, table))) as Record<string, unknown>[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "oracle-"));
    slices = join(folder, "slices");
    expected = join(folder, "expected");
    await writeSlices(slices);
    oracle = await openOracle();
    report = await oracle.check({ slices, retentionMs, writeExpected: expected });
  });
  after(async () => {
    await oracle.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("sums up an event by the rules of the lead, the means and the names", async () => {
    const events = await rows("silver/events");
    const first = events.find((e) => e["global_event_id"] === 1)!;
    const pick = (names: string[]) => Object.fromEntries(names.map((n) => [n, first[n]]));
    assert.equal(first["event_date"], "2023-12-31");
    const values = ["event_code", "goldstein_scale", "action_geo_lat", "actor1_name"];
    assert.deepEqual(Object.values(pick(values)), ["010", -1.5, 48.5, null]);
    const counts = ["mention_count", "source_count", "document_count", "mention_tone_avg"];
    // Tones 1, 2 and 6; the documents a (-10) and b of the first slice.
    assert.deepEqual(Object.values(pick([...counts, "gkg_tone"])), [5, 2, 2, 3, -1]);
    const lead = ["lead_source_name", "lead_identifier", "lead_tone", "lead_confidence"];
    assert.deepEqual(Object.values(pick(lead)), ["s2", "b", 2, 80]);
    const tied = events.find((e) => e["global_event_id"] === 7)!;
    assert.deepEqual([tied["lead_identifier"], tied["lead_tone"]], ["x", 9]);
    assert.deepEqual(first["persons"], ["Zed", "Smith, John", "Émile"]);
    assert.deepEqual(first["organizations"], ["UN"]);
    assert.deepEqual(
      first["themes"],
      manyThemes.slice(0, 64).map((theme) => theme.slice(0, 3)),
    );
    const us = (stamp: string) =>
      Date.UTC(2024, 0, 1, Number(stamp.slice(8, 10)), Number(stamp.slice(10, 12))) * 1000;
    const times = ["slice", "first_mention_time", "last_mention_time", "revised_slice"];
    assert.deepEqual(Object.values(pick(times)), [us(t0), us(t0), us(t30), us(t30)]);
  });

  test("gives every event its state, by age or by the end of the stream", async () => {
    const states = async () =>
      (await rows("silver/events"))
        .map((e) => `${e["global_event_id"]} ${e["status"]}`)
        .sort()
        .join(", ");
    assert.equal(
      await states(),
      "1 SILVER_COMPLETE, 2 EXPIRED, 3 SILVER_COMPLETE, 5 WAITING, 7 EXPIRED",
    );
    const lifecycle = (await rows("audit/lifecycle")).map(
      (r) => `${r["global_event_id"]} ${r["state"]}`,
    );
    assert.deepEqual(lifecycle.sort(), [
      ...["1 SILVER_COMPLETE", "1 WAITING", "2 EXPIRED", "2 WAITING", "3 SILVER_COMPLETE"],
      ...["3 WAITING", "5 WAITING", "7 EXPIRED", "7 WAITING"],
    ]);
    const { counts } = await oracle.check({ slices, retentionMs, closed: true });
    assert.deepEqual([counts["waiting"], counts["expired"]], [0, 3]);
    const longer = await oracle.check({ slices });
    assert.deepEqual([longer.counts["waiting"], longer.counts["expired"]], [3, 0]);
  });

  test("names the reason of every orphan and joins documents of the same slice only", async () => {
    const mentions = (await rows("silver/mentions")).map((m) =>
      [
        m["global_event_id"],
        m["mention_identifier"],
        m["sentence_id"],
        m["orphan_reason"] ?? "joined",
        String(m["gkg_record_id"] ?? "-").replace(/^20240101/, ""),
      ].join(" "),
    );
    assert.deepEqual(mentions.sort(), [
      "1 a 1 foreign_stream 001500-0",
      "1 a 1 joined 000000-10",
      "1 a 1 older_than_retention -",
      "1 b 1 joined -",
      "1 b 1 joined 000000-11",
      "1 b 2 joined 000000-11",
      "1 z 1 joined -",
      "2 a 1 joined -",
      "3 a 1 joined 001500-0",
      "4 a 1 before_start 001500-0",
      "6 a 1 slice_missing -",
      "6 a 1 slice_missing -",
      ...["7 x 1 joined -", "7 x 1 joined -", "7 y 1 joined -"],
      "98 q 1 foreign_stream -",
      "99 a 1 foreign_stream 001500-0",
    ]);
    assert.equal(report.counts["duplicate_mentions"], 1);
    assert.equal(report.counts["duplicate_events"], 1);
  });

  test("refuses the rows that cannot be read, each with its place", async () => {
    const dead = (await rows("dead_letter")).map((d) => `${d["file"]} ${d["row"]}`);
    assert.deepEqual(dead.sort(), [
      `${t0}.export.CSV 2`,
      `${t0}.export.CSV 3`,
      `${t0}.export.CSV 4`,
      `${t0}.gkg.csv 3`,
      `${t0}.gkg.csv 4`,
      `${t0}.gkg.csv 5`,
      `${t0}.mentions.CSV 5`,
      `${t0}.mentions.CSV 6`,
    ]);
  });

  test("knows every column of the tables", async () => {
    for (const [table, schema] of Object.entries({
      "silver/events": silverEventsSchema,
      "silver/mentions": silverMentionsSchema,
      "audit/lifecycle": lifecycleSchema,
      dead_letter: deadLetterSchema,
    })) {
      const [first] = await rows(table);
      const names = schema.fields.map((field) => field.name).sort();
      assert.deepEqual(Object.keys(first!).sort(), names, table);
    }
  });

  test("is content with its own result, and with nothing else", async () => {
    const own = await compareWithOracle({ slices, out: expected, retentionMs });
    assert.ok(own.equal, own.message);
    const nothing = await oracle.check({ slices, out: join(folder, "nothing"), retentionMs });
    const missing = nothing.differences.filter((d) => d.kind === "missing").map((d) => d.table);
    assert.deepEqual([...new Set(missing)].sort(), [
      "audit/lifecycle",
      "dead_letter",
      "silver/events",
      "silver/mentions",
    ]);
  });

  test("finds each planted difference, naming table, key and column", async () => {
    const plants = PLANTS.map((plant, i) => ({ ...plant, out: join(folder, `plant-${i}`) }));
    await runPython(python!, PLANT, { source: expected, plants });
    for (const { name, out, finds } of plants) {
      const found = await oracle.check({ slices, out, retentionMs });
      assert.equal(found.equal, finds === null, `${name}: ${found.message}`);
      if (finds !== null) assert.match(found.message, finds, name);
    }
  });

  test("refuses a folder without slices instead of finding nothing in it", async () => {
    await mkdir(join(folder, "empty"));
    await assert.rejects(oracle.check({ slices: join(folder, "empty") }), /holds no slice file/);
  });
});
