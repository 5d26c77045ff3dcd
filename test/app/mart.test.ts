import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { EmbeddedMart, type MartPlace } from "../../src/app/mart-place.ts";
import { MART_TABLES } from "../../src/app/mart-tables.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { withoutSamples } from "../gdelt/samples.ts";
import { service } from "../services/service.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import { lakeContents, martContents } from "./table-contents.ts";

const server = await service("postgres");
const scratch = await mkdtemp(path.join(os.tmpdir(), "mart-"));
after(() => rm(scratch, { recursive: true, force: true }));

const clock = { nowMs: () => Date.now() };

const run = (slices: string, out: string, mart: MartPlace | null, close = false) =>
  replay(
    { ...REPLAY_DEFAULTS, slices, out, mart, close, partitions: 2 },
    clock,
    () => {},
    new AbortController().signal,
  );

/** The lake's table that is fed from the same topic as one of the mart. */
const LAKE_FOLDERS = [
  ["silver-events-lake", "silver.events"],
  ["silver-mentions-lake", "silver.mentions"],
  ["lifecycle-lake", "ops.lifecycle"],
  ["dead-letter-lake", "ops.dead_letter"],
] as const;

/** Every column of every row; how many rows there are. */
async function assertEqualsLake(database: Database, out: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [node, name] of LAKE_FOLDERS) {
    const { table } = MART_TABLES.find((each) => each.table.name === name)!;
    const { folder } = LAKE_TABLES.find((each) => each.node === node)!;
    const expected = await lakeContents(out, folder, table);
    assert.deepEqual(await martContents(database, table), expected, name);
    counts[name] = expected.size;
  }
  return counts;
}

/** Opens a mart, looks at it, and closes it. */
async function inMart<T>(place: MartPlace, out: string, look: (of: Database) => Promise<T>) {
  const database =
    place.kind === "pglite" ? await new EmbeddedMart(out).open() : openPgDatabase(place.url);
  return await look(database).finally(() => database.close());
}

/** Three slices, a row that cannot be read, and a file that comes late; each seed has its events. */
async function inventedSlices(seed = 5): Promise<{ slices: string; late: () => Promise<void> }> {
  const slices = await mkdtemp(path.join(scratch, "slices-"));
  const stream = new SliceStream({
    seed,
    firstEventId: seed * 1_000_000,
    startMs: Date.UTC(2026, 0, 1, 23, 30),
    eventsPerSlice: 60,
    gcamEntries: 3,
  });
  await writeSlices(slices, stream.slices(3), { zipped: false });
  const [mentions] = (await readdir(slices)).filter((name) => name.endsWith(".mentions.CSV"));
  await writeFile(path.join(slices, mentions!), "no\tmention\0 — ü\n", { flag: "a" });
  const [gkg] = (await readdir(slices)).filter((name) => name.endsWith(".gkg.csv"));
  const file = path.join(slices, gkg!);
  const bytes = await readFile(file);
  await rm(file);
  return { slices, late: () => writeFile(file, bytes) };
}

const places = [
  { name: "PGlite", place: { kind: "pglite" } as const, skip: false },
  {
    name: "Postgres",
    place: { kind: "postgres", url: server.connection?.url ?? "" } as const,
    skip: server.skip,
  },
];

for (const { name, place, skip } of places) {
  test(`${name}: a replay feeds the mart with what it feeds the lake with`, { skip }, async () => {
    const { slices, late } = await inventedSlices();
    const out = await mkdtemp(path.join(scratch, "out-"));
    await run(slices, out, place);
    const first = await inMart(place, out, (database) => assertEqualsLake(database, out));
    assert.ok(first["silver.events"]! > 100 && first["silver.mentions"]! > 100);
    assert.equal(first["ops.dead_letter"], 1);
    await late();
    await run(slices, out, place, true);
    await inMart(place, out, async (database) => {
      await assertEqualsLake(database, out);
      const entries = await ask(
        database,
        "select attempt, feed, status, rows > 0 from ops.slices order by slice, attempt, feed limit 6",
      );
      assert.deepEqual(entries, [
        ["1", "events", "published", "t"],
        ["1", "gkg", "missing", "f"],
        ["1", "mentions", "published", "t"],
        ["2", "events", "published", "f"],
        ["2", "gkg", "published", "t"],
        ["2", "mentions", "published", "f"],
      ]);
      // The slices are of two days.
      const days = `select count(*) from pg_inherits where inhparent = 'silver.events'::regclass`;
      assert.deepEqual(await ask(database, days), [["2"]]);
    });
  });

  test(`${name}: real slices in the mart equal those in the lake`, {
    skip: skip || withoutSamples,
  }, async () => {
    const samples = path.resolve(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt");
    const out = await mkdtemp(path.join(scratch, "out-"));
    await run(path.join(samples, "joined/gdeltv2"), out, place);
    await inMart(place, out, async (database) => {
      if (place.kind === "pglite") await assertEqualsLake(database, out);
      else await assertContainsLake(database, out);
    });
  });
}

/** The server's mart has been fed from another folder before: positions do not mix, rows add up. */
async function assertContainsLake(database: Database, out: string): Promise<void> {
  for (const [node, name] of LAKE_FOLDERS) {
    const { table } = MART_TABLES.find((each) => each.table.name === name)!;
    const { folder } = LAKE_TABLES.find((each) => each.node === node)!;
    const found = await martContents(database, table);
    for (const [key, row] of await lakeContents(out, folder, table)) {
      assert.deepEqual(found.get(key), row, `${name} ${key}`);
    }
  }
}

test("a replay that is killed again and again feeds the mart as one that is not", async () => {
  const { slices } = await inventedSlices();
  const out = await mkdtemp(path.join(scratch, "out-"));
  const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
  for (const milestone of ["data/PG_VERSION", "query.sock", "query.sock"]) {
    const args = [program, "replay", slices, "--out", out, "--mart", "pglite"];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const file = path.join(out, ".gdelt-streams", "mart", milestone);
    // What the one before has left behind does not count.
    while (child.exitCode === null && !existsSync(file)) await new Promise((r) => setTimeout(r, 5));
    child.kill("SIGKILL");
    await once(child, "exit");
    await rm(path.join(out, ".gdelt-streams", "mart", "query.sock"), { force: true });
  }
  await run(slices, out, { kind: "pglite" });
  await inMart({ kind: "pglite" }, out, (database) => assertEqualsLake(database, out));
});

test("folders that feed the same server do not take each other's positions for their own", {
  skip: server.skip,
}, async () => {
  const place: MartPlace = { kind: "postgres", url: server.connection!.url };
  const outs: string[] = [];
  for (const seed of [6, 7]) {
    const { slices } = await inventedSlices(seed);
    const out = await mkdtemp(path.join(scratch, "out-"));
    await run(slices, out, place);
    outs.push(out);
  }
  for (const out of outs) {
    await inMart(place, out, (database) => assertContainsLake(database, out));
  }
});
