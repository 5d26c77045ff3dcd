import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import pg from "pg";
import { postgres } from "../../../scripts/services/postgres.ts";
import { endProcess, thisProcess } from "../../../scripts/services/running-process.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { openPgDatabase } from "../../../src/sinks/postgres/pg-database.ts";
import { psql } from "../../services/own-database.ts";
import { ownInstance } from "../../services/own-instance.ts";
import type { Row } from "../delta/delta-fixture.ts";
import { SideBySide } from "./side-by-side.ts";
import { resetTables } from "./sink-fixture.ts";

/**
 * What becomes of a server's rows when it fails: each fault is real, and while it lasts the task and the
 * lake go on. Afterwards the mart has caught up by itself, every row once.
 */
const skip = !(await postgres.software.isInstalled()) && "Postgres is not installed";
const instance = ownInstance("faults");
const self = await thisProcess();
let admin = "";
/** As a replica is given it: may write rows, and nothing else. */
let feeder = "";

if (!skip) {
  const started = await instance.start(postgres, self, { fsync: true });
  admin = postgres.endpoint(started.ports);
  const url = new URL(admin);
  url.username = "feeder";
  feeder = url.href;
  const owner = openPgDatabase(admin);
  await resetTables(owner);
  await owner.close();
  await psql(
    admin,
    "create role feeder login in role gdelt_writer",
    "create role crowd login",
    // Of the eight the last three are for superusers.
    "alter system set max_connections = 8",
    "alter system set max_wal_senders = 0",
  );
  await restart("SIGINT");
}

/** The server anew, after it was stopped or killed. */
async function restart(signal: "SIGINT" | "SIGKILL"): Promise<void> {
  const { servers } = await instance.start(postgres, self, { fsync: true });
  await endProcess(servers[0]!, signal, 20_000);
  await instance.restart(postgres);
}

/** The sink's connections are cut, so that it has to make new ones. */
const cut = () =>
  psql(admin, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'feeder'");

const CONTENTS = "select string_agg(id::text, ' ' order by id) from silver.small";
const LETTERS = `select string_agg("offset" || '/' || row, ' ') from ops.dead_letter`;
const POSITION = "select next_offset from ops.sink_offsets";

/** Long, and of nothing that can be packed: a row needs pages of its own. */
const noise = (record: number): string =>
  Array.from({ length: 250 }, (_, i) =>
    createHash("sha256").update(`${record} ${i}`).digest("hex"),
  ).join("");

/** Three rows for a record, one of which the database refuses. */
const rowsOf = (record: number): Row[] => [
  { id: record * 10, slice: `2024-01-0${1 + (record % 3)}T00:00:00Z`, name: noise(record) },
  { id: record * 10 + 1, name: "\0" },
  { id: record * 10 + 2 },
];

interface Fault {
  /** What the sink is told meanwhile. */
  readonly says: RegExp;
  begin(pair: SideBySide): Promise<void>;
  end(): Promise<void>;
}

/** Feeds both tables before, during and after a fault. */
async function survives(fault: Fault): Promise<void> {
  const owner = openPgDatabase(admin);
  await resetTables(owner);
  await owner.close();
  const database = openPgDatabase(feeder);
  const failures: string[] = [];
  try {
    const pair = await SideBySide.open(watched(database, failures));
    await putAndAwaitLake(pair, 3);
    await pair.until("the mart has the first", () => isInMart(3));
    await fault.begin(pair);
    await putAndAwaitLake(pair, 6);
    await pair.until(`the sink has met ${fault.says}`, async () =>
      failures.some((message) => fault.says.test(message)),
    );
    await pair.until("the lag shows that the mart is behind", async () => (await pair.lag()) > 0);
    await fault.end();
    await putAndAwaitLake(pair, 8);
    await pair.until("the mart has caught up", () => isInMart(8));
    await mustHoldAll(pair);
  } finally {
    await database.close();
  }
}

/** The database, and what becomes of its transactions that fail. */
const watched = (database: Database, failures: string[]): Database => ({
  transaction: (work, limits) =>
    database.transaction(work, limits).catch((error: Error) => {
      failures.push(error.message);
      throw error;
    }),
  close: () => database.close(),
});

const isInMart = async (records: number): Promise<boolean> =>
  (await psql(admin, POSITION)) === `${records}`;

/** Publishes up to so many records; the lake has each row of them once. */
async function putAndAwaitLake(pair: SideBySide, records: number): Promise<void> {
  while (pair.sent < records) await pair.put(...rowsOf(pair.sent));
  const expected = Array.from({ length: records }, (_, i) => rowsOf(i).map(({ id }) => id)).flat();
  await pair.until(
    `the lake has ${records} records`,
    async () => (await pair.idsInLake()).length >= expected.length,
  );
  assert.deepEqual(await pair.idsInLake(), expected);
}

async function mustHoldAll({ sent }: SideBySide): Promise<void> {
  const ids = Array.from({ length: sent }, (_, i) => [i * 10, i * 10 + 2]).flat();
  assert.equal(await psql(admin, CONTENTS), ids.join(" "));
  const letters = Array.from({ length: sent }, (_, i) => `${i}/1`);
  assert.deepEqual((await psql(admin, LETTERS)).split(" ").sort(), letters);
  assert.equal(await psql(admin, POSITION), `${sent}`);
}

/** A client of its own, beside the pool. */
async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // It may be cut off with the server.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Waits in the middle of a sink's transaction, which has moved the position and writes the rows. */
async function blockedIn(pair: SideBySide, work: () => Promise<unknown>): Promise<void> {
  const blocker = await connected(admin);
  // The partitions are there; what reads and what has a weaker lock goes on.
  await blocker.query("begin; lock table silver.small in exclusive mode");
  await pair.put(...rowsOf(pair.sent));
  const waiting = `select count(*) from pg_stat_activity
    where usename = 'feeder' and wait_event_type = 'Lock' and query like 'insert into silver.small%'`;
  try {
    await pair.until("the sink waits", async () => (await psql(admin, waiting)) === "1");
    await work();
  } finally {
    await blocker.end().catch(() => {});
  }
}

test("a server that is killed in the middle of a transaction", { skip }, () =>
  survives({
    says: /cannot be reached/,
    begin: (pair) =>
      blockedIn(pair, async () => {
        const { servers } = await instance.start(postgres, self, { fsync: true });
        await endProcess(servers[0]!, "SIGKILL", 20_000);
      }),
    end: async () => {
      await instance.restart(postgres);
    },
  }),
);

test("a connection that is cut in the middle of a transaction, again and again", { skip }, () => {
  let ended = false;
  const cutting = async () => {
    while (!ended) await cut();
  };
  let cuts: Promise<void>;
  return survives({
    says: /57P01/,
    begin: (pair) =>
      blockedIn(pair, async () => {
        await cut();
        cuts = cutting();
      }),
    end: async () => {
      ended = true;
      await cuts;
    },
  });
});

test("a server that has no connection left", { skip }, () => {
  const crowd: pg.Client[] = [];
  return survives({
    says: /53300/,
    begin: async () => {
      await cut();
      const url = new URL(admin);
      url.username = "crowd";
      await assert.rejects(
        (async () => {
          for (;;) crowd.push(await connected(url.href));
        })(),
        /too many clients|remaining connection slots are reserved/,
      );
    },
    end: async () => {
      for (const client of crowd) await client.end();
    },
  });
});

test("a server that only reads, and connections that began so", { skip }, () =>
  survives({
    says: /25006/,
    begin: async () => {
      await psql(admin, "alter role feeder set default_transaction_read_only = on");
      await cut();
    },
    end: async () => {
      await psql(admin, "alter role feeder reset default_transaction_read_only");
    },
  }),
);

const disk = skip ? { folder: "", skip } : await smallDisk();

test("a disk that is full", { skip: disk.skip }, () =>
  survives({
    says: /53100/,
    begin: async () => {
      await psql(
        admin,
        `create tablespace small location '${disk.folder}'`,
        "alter table silver.small_20240101 set tablespace small",
      );
      await fill();
    },
    end: async () => {
      await promisify(execFile)("mount", ["-o", "remount,size=64m", disk.folder]);
    },
  }),
);

/** Of the disk that the partition is on, to the last page. */
async function fill(): Promise<void> {
  await psql(admin, "create table silver.filler (a text) tablespace small");
  const row = "insert into silver.filler select repeat(md5(random()::text), 60)";
  await assert.rejects(
    (async () => {
      for (;;) await psql(admin, `${row} from generate_series(1, 1000)`);
    })(),
    /No space left on device/,
  );
  // What fails in the middle leaves its pages to the next that are smaller.
  for (let rows = 100; rows >= 1; rows = Math.floor(rows / 10)) {
    await psql(admin, `${row} from generate_series(1, ${rows})`).catch(() => {});
  }
}

/** A file system of 4 MB in memory, which is Postgres'. */
async function smallDisk(): Promise<{ folder: string; skip: false | string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "small-disk-"));
  try {
    const { uid, gid } = await stat(await psql(admin, "show data_directory"));
    const options = `size=4m,mode=0700,uid=${uid},gid=${gid}`;
    await promisify(execFile)("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  } catch {
    await rm(folder, { recursive: true });
    return { folder, skip: "only root can mount a disk that is small enough to be full" };
  }
  after(async () => {
    await promisify(execFile)("umount", ["-l", folder]);
    await rm(folder, { recursive: true });
  });
  return { folder, skip: false };
}
