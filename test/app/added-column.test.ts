import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";

/**
 * A column is added to Silver as CONTRIBUTING says, in a copy of this program: that is the newer version.
 * Both work on one data folder by turns, as in an update and when it is taken back.
 */
const older = path.join(import.meta.dirname, "..", "..");
const scratch = await mkdtemp(path.join(os.tmpdir(), "column-"));
after(() => rm(scratch, { recursive: true, force: true }));
const newer = path.join(scratch, "newer");
const out = path.join(scratch, "out");

/** Of each event what both versions know of it, and the column that one knows. */
const QUESTION = `select global_event_id::text as id, revision::text as revision,
    fraction_date::text as value, (slice > timestamp '2026-01-01 01:15')::text as is_last
  from silver.events order by global_event_id`;

interface Event {
  readonly id: string;
  readonly revision: string;
  readonly value: string | null;
  readonly is_last: "true" | "false";
}

const run = async (cwd: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 64 << 20 })).stdout;

const replay = (program: string, slices: string) =>
  run(program, "src/app/main.ts", "replay", slices, "--out", out, "--mart", "pglite", "--json");

const ask = async (command: "mart" | "sql"): Promise<Event[]> => {
  const args = ["--data", out, "--json"];
  const text = await run(older, "src/app/main.ts", command, QUESTION, ...args);
  // The mart answers with a line for each row, the lake with an array.
  return text
    .trimEnd()
    .split("\n")
    .flatMap((line): Event[] => JSON.parse(line));
};

/** Folders with the first so many of eight slices. */
async function sliceFolders(...counts: number[]): Promise<string[]> {
  const all = path.join(scratch, "all");
  const stream = new SliceStream({
    seed: 3,
    firstEventId: 1_000_000,
    startMs: Date.UTC(2026, 0, 1),
    eventsPerSlice: 80,
    gcamEntries: 3,
  });
  await writeSlices(all, stream.slices(8), { zipped: false });
  const names = (await readdir(all)).sort();
  const folders = counts.map((count) => path.join(scratch, `first-${count}`));
  for (const [i, folder] of folders.entries()) {
    await mkdir(folder);
    for (const name of names.slice(0, counts[i]! * 3)) {
      await symlink(path.join(all, name), path.join(folder, name));
    }
  }
  return folders;
}

test("a column is declared in one file; the contract and the migration follow by a command", async () => {
  for (const part of ["src", "scripts", "migrations", "contracts", "package.json"]) {
    await cp(path.join(older, part), path.join(newer, part), { recursive: true });
  }
  await symlink(path.join(older, "node_modules"), path.join(newer, "node_modules"));
  const file = path.join(newer, "src/gdelt/silver-schema.ts");
  const text = await readFile(file, "utf8");
  const end = "  ],\n);\nexport const silverEventsSchema";
  const column = `    optional("fraction_date", float64, "The day as a part of its year."),\n`;
  assert.ok(text.includes(end));
  await writeFile(file, text.replace(end, column + end));
  await assert.rejects(run(newer, "scripts/contract.ts", "--check"), (error: unknown) => {
    const { stdout } = error as { stdout: string };
    assert.match(stdout, /^contracts\/silver\.odcs\.yaml is not current/m);
    assert.match(stdout, /^migrations\/\d{4}-silver-columns\.sql is not current/m);
    return true;
  });
  const written = await run(newer, "scripts/contract.ts");
  const [, migration] = /^(migrations\/\S+) written$/m.exec(written)!;
  assert.equal(
    await readFile(path.join(newer, migration!), "utf8"),
    `-- Written by scripts/contract.ts.

alter table silver.events add column "fraction_date" double precision;
comment on column silver.events."fraction_date" is 'The day as a part of its year.';
`,
  );
});

test("the newer version goes on from the older one's state and tables, and the older from its", async () => {
  const [some, more, all] = (await sliceFolders(3, 6, 8)) as [string, string, string];
  await replay(older, some);
  await replay(newer, more);
  const updated = await ask("mart");
  assert.deepEqual(await ask("sql"), updated);
  const revised = updated.filter(({ revision }) => revision !== "1");
  // Events of before are in its state; whatever it has emitted has the column.
  assert.ok(revised.some(({ value }) => value !== null));
  assert.ok(updated.some(({ value }) => value === null));
  await replay(older, all);
  const back = await ask("mart");
  assert.deepEqual(await ask("sql"), back);
  const known = new Map(updated.map((event) => [event.id, event]));
  for (const { id, revision, value, is_last } of back) {
    const before = known.get(id);
    assert.equal(`${before === undefined}`, is_last, id);
    // What it has written says nothing there, and what it has not is as it was.
    assert.equal(value, before?.revision === revision ? before.value : null, id);
  }
  assert.ok(back.some(({ value }) => value !== null));
});
