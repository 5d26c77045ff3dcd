import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { ENGLISH_FEEDS, parseSliceFileName, parseStamp } from "../../src/gdelt/feeds.ts";
import {
  type GeneratedSlice,
  SliceStream,
  type StreamSpec,
} from "../../src/ingest/slice-generator/generate-slices.ts";
import {
  fileListLine,
  packSlice,
  writeSlices,
} from "../../src/ingest/slice-generator/write-slices.ts";
import { listSlices, readFeedFile } from "../../src/sources/slice-archive.ts";
import { propertyRuns } from "./property-runs.ts";

const NOON_MS = Date.UTC(2026, 3, 21, 12);
const DAY_MS = 86_400_000;
const SMALL: StreamSpec = { seed: 7, startMs: NOON_MS, eventsPerSlice: 20, gcamEntries: 5 };

const rows = (slice: GeneratedSlice, feed: string): string[][] => {
  const text = slice.feeds.get(feed)!.toString();
  assert(text === "" || text.endsWith("\n"));
  return text
    .split("\n")
    .slice(0, -1)
    .map((row) => row.split("\t"));
};

const column = (table: readonly string[][], index: number): string[] =>
  table.map((row) => row[index]!);

const distinct = (values: readonly string[]): number => new Set(values).size;

const share = (count: number, of: number): number => count / of;

function within(value: number, low: number, high: number, what: string): void {
  assert(value >= low && value <= high, `${what} is ${value}, not within ${low} and ${high}`);
}

describe("generated slices", () => {
  test("are the same for the same seed, in any order, and others for another seed", () => {
    const all = [...new SliceStream(SMALL).slices(4)];
    const third = new SliceStream(SMALL).slice(2);
    assert.deepEqual(third, all[2]);
    const other = new SliceStream({ ...SMALL, seed: 8 }).slice(2);
    for (const { name } of ENGLISH_FEEDS) {
      assert.notDeepEqual(other.feeds.get(name), third.feeds.get(name));
    }
  });

  test("of any seed, size and time have whole rows that refer to each other as GDELT's do", () => {
    const spec = fc.record({
      seed: fc.integer(),
      startMs: fc.integer({ min: 0, max: 95 }).map((quarter) => NOON_MS + quarter * 900_000),
      eventsPerSlice: fc.integer({ min: 1, max: 40 }),
      gcamEntries: fc.constant(3),
      translation: fc.boolean(),
    });
    fc.assert(
      fc.property(spec, fc.integer({ min: -3, max: 3 }), (of, number) => {
        checkSlice(new SliceStream(of).slice(number), of.translation);
      }),
      propertyRuns(60),
    );
  });

  function checkSlice(slice: GeneratedSlice, translation: boolean): void {
    const suffix = translation ? ".translation" : "";
    const events = rows(slice, `events${suffix}`);
    const mentions = rows(slice, `mentions${suffix}`);
    const gkg = rows(slice, `gkg${suffix}`);
    for (const row of events) assert.equal(row.length, 61);
    for (const row of mentions) assert.equal(row.length, 16);
    for (const row of gkg) assert.equal(row.length, 27);
    const ids = column(events, 0).map(Number);
    assert.deepEqual(
      ids,
      ids.map((_, i) => ids[0]! + i),
    );
    for (const row of [...column(events, 59), ...column(mentions, 2), ...column(gkg, 1)]) {
      assert.equal(row, slice.stamp);
    }
    const mentioned = new Set(mentions.map(([id, , , , , url]) => `${id} ${url}`));
    for (const row of events) assert(mentioned.has(`${row[0]} ${row[60]}`), "not by its source");
    for (const stamp of column(mentions, 1)) assert(stamp <= slice.stamp && parseStamp(stamp));
    const keys = mentions.map((row) => [0, 5, 6, 7, 8, 9].map((i) => row[i]).join(" "));
    assert.equal(distinct(keys), keys.length, "a mention came twice");
    const recordIds = column(gkg, 0).map((id) => id.replace(translation ? "-T" : "-", " "));
    assert.deepEqual(
      recordIds,
      gkg.map((_, i) => `${slice.stamp} ${i}`),
    );
    const documents = column(gkg, 4).filter((_, i) => gkg[i]![2] === "1");
    assert.equal(distinct(documents), documents.length, "two rows of one document");
    for (const row of [...mentions, ...gkg]) {
      const translated = row.at(row.length === 16 ? 14 : 25)!;
      assert.equal(/^srclc:...;eng:/.test(translated), translation);
    }
  }

  test("mention events of exactly the slices that hold them, and of the other stream", () => {
    const shares = { foreign: 0.1, days7: 0.1 };
    const spec = { ...SMALL, eventsPerSlice: 25, startMs: NOON_MS - DAY_MS * 8, shares };
    const streams = [false, true].map((translation) => new SliceStream({ ...spec, translation }));
    const idsOf = new Map<string, Set<string>>();
    for (const stream of streams) {
      for (let number = 700; number < 770; number++) {
        const { stamp, feeds } = stream.slice(number);
        const ids = idsOf.get(stamp) ?? new Set();
        for (const events of [feeds.get("events"), feeds.get("events.translation")]) {
          for (const row of events?.toString().split("\n").slice(0, -1) ?? []) {
            ids.add(row.split("\t")[0]!);
          }
        }
        idsOf.set(stamp, ids);
      }
    }
    const english = streams[0]!.slice(765);
    const own = new Set(column(rows(streams[0]!.slice(765), "events"), 0));
    const found = { here: 0, earlier: 0, foreign: 0, beforeStart: 0 };
    const englishIds = new Map<string, Set<string>>();
    for (const [id = "", stamp = ""] of rows(english, "mentions")) {
      if (own.has(id)) found.here++;
      else if (!idsOf.has(stamp)) found.beforeStart++;
      else {
        assert(idsOf.get(stamp)!.has(id), `${id} is not in ${stamp}`);
        const number = (parseStamp(stamp)! - spec.startMs) / 900_000;
        const ids =
          englishIds.get(stamp) ?? new Set(column(rows(streams[0]!.slice(number), "events"), 0));
        englishIds.set(stamp, ids);
        if (ids.has(id)) found.earlier++;
        else found.foreign++;
      }
    }
    for (const [kind, count] of Object.entries(found)) assert(count > 0, `no mention: ${kind}`);
  });

  test("have citations which several documents share, letters of all kinds and quotes", () => {
    const stream = new SliceStream({ ...SMALL, eventsPerSlice: 200, shares: { citations: 0.2 } });
    const slice = stream.slice(0);
    const mentions = rows(slice, "mentions");
    const cited = mentions.filter((row) => row[3] === "2");
    const lengths = Map.groupBy(cited, (row) => row[5]!);
    assert(cited.length > 0 && [...lengths.values()].some((of) => distinct(column(of, 12)) > 1));
    for (const row of cited) assert.match(`${row[4]} ${row[5]}`, /^BBC Monitoring .*BBC/);
    const gkg = slice.feeds.get("gkg")!.toString();
    assert.match(gkg, /\p{Script=Cyrillic}/u);
    assert.match(gkg, /São Paulo/);
    assert.match(gkg, /"/);
    for (const row of rows(slice, "gkg")) for (const cell of row) assert(!cell.startsWith('"'));
  });

  test("GKG rows follow the grammar of their columns and fill them as often as real ones", () => {
    const stream = new SliceStream({ ...SMALL, eventsPerSlice: 900, gcamEntries: 930 });
    const gkg = rows(stream.slice(0), "gkg");
    const filled = (index: number) => share(column(gkg, index).filter(Boolean).length, gkg.length);
    const fills = {
      5: 15,
      8: 90,
      10: 79,
      12: 75,
      14: 72,
      15: 100,
      16: 39,
      17: 100,
      22: 20,
      24: 77,
    };
    for (const [index, percent] of Object.entries(fills)) {
      within(100 * filled(Number(index)), percent - 6, percent + 6, `column ${index} filled`);
    }
    const grammar: Readonly<Record<number, RegExp>> = {
      5: /^([A-Z]+#\d+#[^#]*#[1-5]#[^#]+#..#\w+#-?[\d.]+#-?[\d.]+#[^#;]+;)*$/,
      8: /^([A-Z0-9_]+,\d+;)*$/,
      9: /^([1-5]#[^#;]+#..#\w+#-?[\d.]+#-?[\d.]+#[^#;]+(;|$))*$/,
      10: /^([1-5]#[^#;]+#..#\w+#\w*#-?[\d.]+#-?[\d.]+#[^#;]+#\d+(;|$))*$/,
      12: /^([^;]+,\d+(;|$))*$/,
      15: /^(-?\d+(\.\d+)?(e-\d+)?,){6}\d+$/,
      16: /^(\d#\d+#\d+#\d+#\d+(;|$))*$/,
      17: /^wc:\d+(,(c\d+\.\d+:\d+|v\d+\.\d+:[\d.e-]+))+$/,
      22: /^(\d+\|\d+\|\w*\|[^|]+(#|$))*$/,
      24: /^(\d+,[^;]+,\d+;)*$/,
      26: /^(<PAGE_(\w+)>.*<\/PAGE_\2>)+$/,
    };
    for (const row of gkg) {
      for (const [index, pattern] of Object.entries(grammar)) {
        assert.match(row[Number(index)]!, pattern, `column ${index}`);
      }
    }
    const bytes = gkg.reduce((sum, row) => sum + row.join("\t").length, 0);
    within(bytes / gkg.length, 9000, 14_000, "bytes of a row");
  });

  test("may have ids beyond 32 bits", () => {
    const stream = new SliceStream({ ...SMALL, firstEventId: 2 ** 32 - 5 });
    const ids = column(rows(stream.slice(0), "events"), 0).map(Number);
    assert.equal(ids[0], 2 ** 32 - 5);
    assert(ids.at(-1)! > 2 ** 32);
  });
});

describe("written slices", () => {
  let scratch: string;
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "slice-generator-"));
  });
  after(() => rm(scratch, { recursive: true }));

  const slices = () => new SliceStream(SMALL).slices(3);

  for (const zipped of [true, false]) {
    test(`are read back ${zipped ? "from zips" : "unpacked"} as they were`, async () => {
      const folder = join(scratch, `zipped-${zipped}`);
      await writeSlices(folder, slices(), { zipped });
      const listing = await listSlices(folder, parseSliceFileName);
      const lists = zipped ? ["lastupdate.txt", "masterfilelist.txt"] : [];
      assert.deepEqual([listing.ignored, listing.duplicates], [lists, []]);
      const found = [];
      for (const { sliceMs, stamp, files } of listing.slices) {
        const feeds = new Map<string, Buffer>();
        for (const { name } of ENGLISH_FEEDS) {
          feeds.set(name, (await readFeedFile(files.get(name)!)).bytes);
        }
        found.push({ sliceMs, stamp, feeds });
      }
      assert.deepEqual(found, [...slices()]);
    });
  }

  test("come with GDELT's lists of size, MD5 and address", async () => {
    const folder = join(scratch, "lists");
    await writeSlices(folder, slices(), { zipped: true });
    const all = await readFile(join(folder, "masterfilelist.txt"), "utf8");
    const lines = all.split("\n").slice(0, -1);
    assert.equal(lines.length, 9);
    for (const line of lines) {
      const [size, md5, url = ""] = line.split(" ");
      assert(url.startsWith("http://data.gdeltproject.org/gdeltv2/2026"));
      const bytes = await readFile(join(folder, basename(url)));
      assert.deepEqual([Number(size), md5], [bytes.length, hash("md5", bytes)]);
    }
    const last = await readFile(join(folder, "lastupdate.txt"), "utf8");
    assert.equal(last, `${lines.slice(-3).join("\n")}\n`);
  });

  test("are listed at the address where they are served", async () => {
    const [file] = await packSlice(new SliceStream(SMALL).slice(0), { zipped: true });
    const line = fileListLine(file!, "http://localhost:8080/gdeltv2/");
    assert.match(
      line,
      /^\d+ [\da-f]{32} http:\/\/localhost:8080\/gdeltv2\/2026\S+\.export\.CSV\.zip\n$/,
    );
  });

  test("of the translation stream have names and lists of their own", async () => {
    const folder = join(scratch, "translation");
    const [slice] = new SliceStream({ ...SMALL, translation: true }).slices(1);
    await writeSlices(folder, [slice!], { zipped: true });
    const { slices: listed, ignored } = await listSlices(folder, parseSliceFileName);
    assert.deepEqual([...listed[0]!.files.keys()].sort(), [...slice!.feeds.keys()].sort());
    assert.deepEqual(ignored, ["lastupdate-translation.txt", "masterfilelist-translation.txt"]);
  });

  test("are packed into the same bytes every time", async () => {
    const slice = new SliceStream(SMALL).slice(0);
    const [once, again] = [1, 2].map(() => packSlice(slice, { zipped: true }));
    assert.deepEqual(await once, await again);
  });
});
