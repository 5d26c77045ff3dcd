import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LAKE_TABLES, openLakeTable } from "../../src/app/lake.ts";
import { readParquet } from "../../src/sinks/delta/parquet-reader.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { type Contents, contentsOf, differences, distinct } from "../simulation/contents.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
/** Files of the first slices of the same six. */
const FILES = { two: 6, four: 12 } as const;
let scratch: string;
/** The tables of a run that nobody has interfered with. */
let plain: Contents;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "maintenance-"));
  const all = join(scratch, "six");
  await must("generate", all, "--slices", "6", "--events", "60");
  const files = (await readdir(all)).sort();
  for (const [name, count] of Object.entries(FILES)) {
    await mkdir(join(scratch, name));
    for (const file of files.slice(0, count)) {
      await copyFile(join(all, file), join(scratch, name, file));
    }
  }
  await replay("six", "plain");
  plain = await contents("plain");
});
after(() => rm(scratch, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; complaint: string }> {
  const child = spawn(process.execPath, [program, ...args]);
  let out = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, "close");
  return { code, out, complaint };
}

async function must(...args: string[]): Promise<string> {
  const { code, out, complaint } = await run(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${complaint}${out}`);
  return out;
}

async function mustRefuse(why: RegExp, ...args: string[]): Promise<void> {
  const { code, complaint } = await run(...args);
  assert.equal(code, 2, complaint);
  assert.match(complaint, why);
}

const replay = (slices: string, out: string): Promise<string> =>
  must(
    ...["replay", join(scratch, slices), "--out", join(scratch, out)],
    ...["--bronze", "--partitions", "2", "--json"],
  );

const data = (out: string): string[] => ["--data", join(scratch, out)];

/** Each row once: a later generation may say again what one before it has said. */
async function contents(out: string): Promise<Contents> {
  const store = new FolderObjectStore(join(scratch, out));
  const found = await contentsOf(async (node) => {
    const described = LAKE_TABLES.find((table) => table.node === node)!;
    const table = await openLakeTable(store, described, { nowMs: () => 0 });
    const files = [...table.snapshot.files.values()];
    const read = files.map(async (file) => [...readParquet(await table.readFile(file))]);
    return (await Promise.all(read)).flat();
  });
  return distinct(found);
}

/** The tables hold what the plain run's do, are whole, and add up. */
async function mustBePlain(out: string): Promise<void> {
  assert.deepEqual(differences(plain, await contents(out)), []);
  const report = JSON.parse(await must("audit", ...data(out), "--json"));
  assert.deepEqual(report.open, []);
  assert.ok(report.slices.every(({ state }: { state: string }) => state === "settled"));
  await must("lake", "verify", join(scratch, out));
}

test("a folder goes on with more partitions, and with fewer", async () => {
  await replay("two", "rescaled");
  await must("rescale", ...data("rescaled"), "--partitions", "3");
  await replay("four", "rescaled");
  await must("rescale", ...data("rescaled"), "--partitions", "1");
  await replay("six", "rescaled");
  await mustBePlain("rescaled");
});

test("a reset reads everything once more, and the tables are the same", async () => {
  await replay("four", "reset");
  await must("reset", ...data("reset"));
  await replay("six", "reset");
  await mustBePlain("reset");
});

test("after a reset which cannot read everything no mention has lost its event", async () => {
  await replay("four", "cut");
  await must("reset", ...data("cut"), "--to-latest");
  await replay("six", "cut");
  const [events, mentions] = ["silver-events-lake", "silver-mentions-lake"] as const;
  const found = await contents("cut");
  assert.equal(found[mentions]!.length, plain[mentions]!.length);
  assert.deepEqual(
    found[events]!.map((row) => /global_event_id=\d+/.exec(row)![0]),
    plain[events]!.map((row) => /global_event_id=\d+/.exec(row)![0]),
  );
});

test("a dry run of a reset says what it would do, and does nothing", async () => {
  await replay("two", "dry");
  const dry = ["reset", ...data("dry"), "--dry-run"];
  const told = await must(...dry);
  assert.match(told, /generation 2 begins, 1 ends/);
  assert.match(told, /task 0_1 reads gdelt.mentions-1 from 0/);
  assert.match(told, /deleted: topic gdelt.mentions-by-event-repartition\n/);
  assert.equal(await must(...dry), told);
});

test("a savepoint is begun from, elsewhere too, and of its name there is one", async () => {
  const elsewhere = join(scratch, "elsewhere");
  await replay("two", "saved");
  const save = ["savepoint", ...data("saved"), "--name", "early", "--to", elsewhere];
  await must(...save);
  await replay("four", "saved");
  await mustRefuse(/there is a savepoint "early"/, ...save);
  await must("restore", ...data("saved"), "--savepoint", "early", "--from", elsewhere);
  await replay("six", "saved");
  await mustBePlain("saved");
});

test("a savepoint that is not at the end cannot be shared out", async () => {
  await replay("two", "late");
  await must("savepoint", ...data("late"), "--name", "early");
  await replay("four", "late");
  const rescale = ["rescale", ...data("late"), "--partitions", "3", "--savepoint", "early"];
  await mustRefuse(/has been published since/, ...rescale);
  // What it had begun is no obstacle: the old number goes on.
  await replay("six", "late");
  await mustBePlain("late");
});

test("whoever has the log open is named, and nothing is changed", async () => {
  await replay("two", "open");
  const log = await openEmbeddedLog({ folder: join(scratch, "open", ".gdelt-streams", "log") });
  try {
    const holder = new RegExp(`process ${process.pid} has the embedded log`);
    await mustRefuse(holder, "reset", ...data("open"));
  } finally {
    await log.close();
  }
});

test("where a folder, a name or a number is missing it is asked for", async () => {
  await mustRefuse(/--data <folder>/, "reset");
  await mustRefuse(/there is no .*nowhere/, "reset", ...data("nowhere"));
  await mustRefuse(/--name/, "savepoint", ...data("plain"));
  await mustRefuse(/--partitions/, "rescale", ...data("plain"));
  await mustRefuse(/nothing to do/, "rescale", ...data("plain"), "--partitions", "2");
});
