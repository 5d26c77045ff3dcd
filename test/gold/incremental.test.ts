import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { GOLD_MARTS } from "../../src/app/gold/gold-marts.ts";
import { type GoldWork, runGold } from "../../src/app/gold/gold-run.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { pythonReaders, runPython } from "../python-readers.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import {
  goldServices,
  lostAfterFirst,
  openGold,
  replayInto,
  scratchFolder,
  writeInvented,
} from "./gold-fixture.ts";

const step = await goldServices();
const whole = await goldServices();
const readers = await pythonReaders();
const skip = step.skip || (readers === null && "no Python with delta-rs and DuckDB");
const scratch = await scratchFolder();

const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
const runs = Number(process.env["STREAMS_RUNS"] ?? 1);
const program = await readFile(path.join(import.meta.dirname, "random_lake.py"), "utf8");

/** What all tables hold, by partition; not by which run. */
const CONTENTS = `select table_name, partition, rows, checksum from ops.gold_partitions order by 1, 2`;

/** A run that dies between dbt and the publication. */
async function interruptedRun(work: GoldWork): Promise<void> {
  const database = lostAfterFirst(work.database, "the connection is gone");
  await assert.rejects(runGold({ ...work, database }, "change"), /the connection is gone/);
}

for (let run = 0; run < runs; run++) {
  const name = `a lake in any order, run by run, is what a full refresh of its current rows is (STREAMS_SEED=${seed + run})`;
  test(name, { skip }, async (t) => {
    const random = new Random(seed + run);
    const folder = path.join(scratch, String(run));
    const source = path.join(folder, "source");
    await writeInvented(path.join(folder, "slices"), 5, seed + run);
    await replayInto(path.join(folder, "slices"), source, step.url);
    const write = (to: string, batches: number, batch: number) =>
      runPython(readers!, program, { from: source, to, seed: seed + run, batches, batch });

    const lake = path.join(folder, "lake");
    const one = await openGold({ ...step, lake, folder: path.join(folder, "gold") });
    const oneRefresh = path.join(folder, "refresh");
    const all = await openGold({ ...whole, lake: oneRefresh, folder: path.join(folder, "gold-2") });
    try {
      const batches = random.between(2, 4);
      for (let batch = 0; batch < batches; batch++) {
        t.diagnostic(
          `batch ${batch} of ${batches}: ${JSON.stringify(await write(lake, batches, batch))}`,
        );
        if (random.chance(0.3)) await interruptedRun(one.work);
        const isEnd = batch === 0 || batch === batches - 1;
        if (isEnd || random.chance(0.75)) await runGold(one.work, "change");
      }
      await write(oneRefresh, 0, 0);
      await runGold(all.work, "change");
      await assertSame(one.work, all.work);
    } finally {
      await one.close();
      await all.close();
    }
  });
}

async function assertSame(one: GoldWork, all: GoldWork): Promise<void> {
  const expected = await ask(all.database, CONTENTS);
  assert.deepEqual(await ask(one.database, CONTENTS), expected);
  const tables = new Set(expected.map(([table]) => table));
  assert.deepEqual([...tables].sort(), GOLD_MARTS.map(({ name }) => name).sort());
  // The books are those of the tables: what readers see is compared, too.
  for (const { name } of GOLD_MARTS) {
    const rows = `select t::text from gold.${name} as t order by 1`;
    assert.deepEqual(await ask(one.database, rows), await ask(all.database, rows), name);
  }
}
