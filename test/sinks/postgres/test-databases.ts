import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { openPgDatabase } from "../../../src/sinks/postgres/pg-database.ts";
import { openPglite } from "../../../src/sinks/postgres/pglite-database.ts";
import { service } from "../../services/service.ts";

/** An empty Postgres for the tests of one file; `open` always gives the same. */
export interface TestDatabase {
  readonly name: "PGlite" | "Postgres";
  readonly skip: false | string;
  open(): Promise<Database>;
}

const noLock = async () => ({ release: async () => {} });

/** The embedded one, and a server if there is one. To be called once, at the top of a test file. */
export async function testDatabases(): Promise<TestDatabase[]> {
  const server = await service("postgres");
  const scratch = await mkdtemp(path.join(os.tmpdir(), "pglite-"));
  const opened: Promise<Database>[] = [];
  const once = (open: () => Promise<Database>) => {
    let database: Promise<Database> | undefined;
    return () => {
      if (database === undefined) {
        database = open();
        opened.push(database);
      }
      return database;
    };
  };
  after(async () => {
    for (const database of opened) await (await database).close();
    await rm(scratch, { recursive: true, force: true });
  });
  const folder = path.join(scratch, "data");
  return [
    { name: "PGlite", skip: false, open: once(() => openPglite({ folder, lock: noLock })) },
    {
      name: "Postgres",
      skip: server.skip,
      open: once(async () => openPgDatabase(server.connection!.url)),
    },
  ];
}
