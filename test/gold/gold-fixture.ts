import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { Dbt, dbtPython, projectPrint } from "../../src/app/gold/dbt.ts";
import { type GoldWork, goldFileIn } from "../../src/app/gold/gold-run.ts";
import { MIGRATIONS } from "../../src/app/mart.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { RetriableError } from "../../src/record/errors.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { migrate } from "../../src/sinks/postgres/migrations.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { service } from "../services/service.ts";

const clock = { nowMs: () => Date.now() };

let scratch: Promise<string> | undefined;

/** A folder for the tests of one file, gone when they have run. */
export function scratchFolder(): Promise<string> {
  scratch ??= mkdtemp(path.join(os.tmpdir(), "gold-")).then((folder) => {
    after(() => rm(folder, { recursive: true, force: true }));
    return folder;
  });
  return scratch;
}

/** A Python with dbt, or why there is none; in CI that throws. */
async function dbtOrSkip(): Promise<{ python: string; skip: false } | { skip: string }> {
  try {
    return { python: await dbtPython(), skip: false };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return { skip: `no dbt: ${(error as Error).message}` };
  }
}

/** What a test of Gold needs, or the reason why it is skipped. */
export async function goldServices(): Promise<{
  skip: string | false;
  python: string;
  url: string;
}> {
  const dbt = await dbtOrSkip();
  const server = await service("postgres");
  if (dbt.skip !== false) return { skip: dbt.skip, python: "", url: "" };
  return { skip: server.skip, python: dbt.python, url: server.connection?.url ?? "" };
}

/** Invented slices that begin shortly before midnight, so that there are two news days. */
export const writeInvented = (folder: string, slices: number, seed: number): Promise<unknown> => {
  const startMs = Date.UTC(2026, 2, 1) - 2 * 900_000;
  const stream = new SliceStream({ seed, startMs, eventsPerSlice: 150 });
  return writeSlices(folder, stream.slices(slices), { zipped: true });
};

/** Joins slices into a lake, and a mart with Silver too. */
export const replayInto = (slices: string, out: string, url: string): Promise<unknown> =>
  replay(
    { ...REPLAY_DEFAULTS, slices, out, mart: { kind: "postgres", url } },
    clock,
    () => {},
    new AbortController().signal,
  );

export interface Gold {
  readonly work: GoldWork;
  close(): Promise<void>;
}

/** A runner of a lake in a folder, as the command makes one. */
export async function openGold(of: {
  lake: string;
  url: string;
  python: string;
  folder: string;
}): Promise<Gold> {
  const { lake, url, python, folder } = of;
  const database = openPgDatabase(url);
  await migrate(database, MIGRATIONS);
  const dbt = new Dbt({ python, database: goldFileIn(folder), folder });
  const store = new FolderObjectStore(lake);
  const project = await projectPrint();
  return {
    work: { lake, store, database, dbt, folder, project, clock },
    close: async () => {
      await dbt.close();
      await database.close();
    },
  };
}

/** A database that is there for the first transaction of a run, which notes it, and then is gone. */
export function lostAfterFirst(database: Database, message: string): Database {
  let transactions = 0;
  return {
    transaction: (inner) => {
      transactions += 1;
      if (transactions > 1) throw new RetriableError(message);
      return database.transaction(inner);
    },
    close: async () => {},
  };
}
