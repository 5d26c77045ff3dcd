import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { alignedTable, jsonLines } from "../../src/app/answer-format.ts";
import { Mart } from "../../src/app/mart.ts";
import { askOwner } from "../../src/app/mart-client.ts";
import { runMart } from "../../src/app/mart-command.ts";
import { EmbeddedMart } from "../../src/app/mart-place.ts";
import { QuestionRefused } from "../../src/app/mart-question.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { service } from "../services/service.ts";

const server = await service("postgres");
const scratch = await mkdtemp(path.join(os.tmpdir(), "mart-"));
after(() => rm(scratch, { recursive: true, force: true }));
const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
const { socket } = new EmbeddedMart(scratch);

const open = (folder = scratch) =>
  Mart.open({ kind: "pglite" }, folder, {
    application: "test",
    generation: 1,
    clock: { nowMs: () => 0 },
  });

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a user types it. */
const type = (...args: string[]): Promise<Printed> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, "mart", ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

const question = (sql: string, rowsMax = 10, timeoutMs = 60_000) => ({ sql, rowsMax, timeoutMs });

let mart = await open();

test("a process that has the mart open is asked by others, whom alone its user can be", async () => {
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  const sql = "select i as number, 'é' || i as text from generate_series(9, 10) i";
  assert.deepEqual(await type(sql, "--data", scratch), {
    code: 0,
    stdout: "number  text\n------  ----\n     9  é9\n    10  é10\n(2 rows)\n",
    stderr: "",
  });
  const { stdout } = await type("table ops.migrations", "--data", scratch, "--json");
  const lines = stdout.trim().split("\n");
  assert.deepEqual(Object.keys(JSON.parse(lines[0]!)), [
    "version",
    "name",
    "checksum",
    "applied_at",
  ]);
  assert.equal(JSON.parse(lines[1]!).version, 2);
});

test("no more rows come than were asked for, and the answer says that there are more", async () => {
  const sql = "select * from generate_series(1, 1000000)";
  const answer = await askOwner(socket, question(sql, 3));
  assert.deepEqual(answer!.rows, [["1"], ["2"], ["3"]]);
  assert.equal(answer!.more, true);
  const { stdout } = await type(sql, "--data", scratch, "--limit", "2");
  assert.match(stdout, /\(the first 2 rows; --limit N for more\)\n$/);
  assert.equal((await askOwner(socket, question("select 1", 1)))!.more, false);
  // What has no cursor.
  assert.equal((await askOwner(socket, question("explain select 1", 5)))!.more, false);
  assert.deepEqual((await askOwner(socket, question("show server_encoding")))!.rows, [["UTF8"]]);
});

test("nothing can be written by asking", async () => {
  const count = question("select count(*) from ops.migrations");
  const before = await askOwner(socket, count);
  const writes = [
    "delete from ops.migrations",
    "with gone as (delete from ops.migrations returning 1) select * from gone",
    "create table mine (a int)",
    "select 1; delete from ops.migrations",
    "select pg_advisory_lock(1), set_config('transaction_read_only', 'off', false)",
  ];
  for (const sql of writes) await assert.rejects(askOwner(socket, question(sql)), QuestionRefused);
  assert.deepEqual(await askOwner(socket, count), before);
});

test("a question that is refused says why and where", async () => {
  const refused = await type("select 1,\n  nothing from silver.events", "--data", scratch);
  assert.deepEqual(refused, {
    code: 2,
    stdout: "",
    stderr:
      'gdelt-streams: the mart refuses the question: column "nothing" does not exist (42703)\n' +
      "    nothing from silver.events\n    ^\n",
  });
  const { stderr } = await type("selekt", "--data", scratch);
  assert.match(stderr, /syntax error .*\(42601\)\n {2}selekt\n {2}\^\n$/);
});

test("a question that takes too long is given up, and the mart goes on", async () => {
  const forever = "select count(*) from generate_series(1, 100000000000)";
  const others = question("select 7");
  const [given, answered] = await Promise.allSettled([
    askOwner(socket, question(forever, 1, 300)),
    askOwner(socket, others),
  ]);
  assert.ok(given.status === "rejected" && given.reason instanceof QuestionRefused);
  assert.equal(given.reason.refusal.code, "57014");
  assert.ok(answered.status === "fulfilled");
  assert.deepEqual(answered.value!.rows, [["7"]]);
});

test("whoever sends rubbish, or goes away, is no trouble to the others", async () => {
  const send = async (bytes: string | Buffer) => {
    const connection = connect(socket);
    connection.end(bytes);
    return await text(connection);
  };
  assert.match(await send("rubbish\n"), /^\{"error":\{"message":".*not valid JSON"/);
  assert.match(await send('{"sql":"select 1"}\n'), /a question has sql, rowsMax and timeoutMs/);
  assert.match(await send(Buffer.alloc(2 << 20, "x")), /longer than 1 MiB/);
  assert.equal(await send(""), "");
  const gone = connect(socket);
  await once(gone, "connect");
  const large = "select repeat('x', 100000) from generate_series(1, 300)";
  gone.write(`${JSON.stringify(question(large, 300))}\n`);
  await once(gone, "data");
  gone.destroy();
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, i) => askOwner(socket, question(`select ${i}`))),
  );
  assert.deepEqual(
    answers.map((answer) => answer!.rows),
    [0, 1, 2, 3, 4, 5].map((i) => [[`${i}`]]),
  );
});

test("the mart is opened by who asks when nobody has it, whatever lies at the socket", async () => {
  await mart.close();
  assert.equal(existsSync(socket), false);
  // As a process leaves it behind that was killed.
  await writeFile(socket, "");
  const { stdout } = await type("select count(*) from silver.events", "--data", scratch);
  assert.equal(stdout, "count\n-----\n    0\n(1 row)\n");
  mart = await open();
  assert.deepEqual((await askOwner(socket, question("select 1")))!.rows, [["1"]]);
  await mart.close();
});

test("two who ask at once without an owner wait for each other", async () => {
  const both = await Promise.all([1, 2].map((i) => type(`select ${i} as i`, "--data", scratch)));
  assert.deepEqual(
    both.map(({ stdout }) => stdout),
    [1, 2].map((i) => `i\n-\n${i}\n(1 row)\n`),
  );
});

test("a folder whose path is too long for a socket is refused before anything is written", async () => {
  const deep = path.join(scratch, "d".repeat(120));
  await assert.rejects(open(deep), (error: Error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /a socket's path has 103 bytes at the most/);
    return true;
  });
  assert.equal(existsSync(deep), false);
});

test("what is no question, or has no mart, is refused", async () => {
  const none = await mkdtemp(path.join(scratch, "none-"));
  for (const [args, message] of [
    [[], /usage/],
    [["select 1"], /usage/],
    [["select 1", "select 2", "--data", scratch], /usage/],
    [["select 1", "--data", scratch, "--limit", "0"], /--limit takes/],
    [["select 1", "--data", scratch, "--mart", "mysql://x"], /--mart takes pglite or postgres/],
    [["select 1", "--data", none], /there is no embedded mart in/],
  ] as const) {
    await assert.rejects(runMart(args), (error: Error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a server answers as the embedded mart does", { skip: server.skip }, async () => {
  const { url } = server.connection!;
  const { stdout } = await type(
    "select 1.50::numeric as n, now() > '2020-01-01' as b",
    "--mart",
    url,
  );
  assert.equal(stdout, "   n  b\n----  -\n1.50  t\n(1 row)\n");
  const { code, stderr } = await type("create table x (a int)", "--mart", url);
  assert.equal(code, 2);
  assert.match(stderr, /read-only transaction \(25006\)/);
});

test("values are JSON's own where they can be, and text where not", () => {
  const columns = [
    { name: "big", type: 20 },
    { name: "huge", type: 20 },
    { name: "f", type: 701 },
    { name: "b", type: 16 },
    { name: "d", type: 1082 },
    { name: "ts", type: 1184 },
    { name: "l", type: 1009 },
    { name: "j", type: 114 },
    { name: "none", type: 25 },
  ];
  const row = ["5", "9007199254740993", "0.5", "t", "2015-02-18", "2015-02-18 23:00:00+00"];
  const rows = [[...row, '{a,"b \\"c"}', '{"x":[1]}', null]];
  const [line, ...others] = jsonLines({ columns, rows, more: false });
  assert.deepEqual(others, []);
  assert.deepEqual(JSON.parse(line!), {
    big: 5,
    huge: "9007199254740993",
    f: 0.5,
    b: true,
    d: "2015-02-18",
    ts: "2015-02-18T23:00:00.000Z",
    l: ["a", 'b "c'],
    j: { x: [1] },
    none: null,
  });
});

test("a table has lines of text only, numbers at the right", () => {
  const columns = [
    { name: "what\nelse", type: 25 },
    { name: "n", type: 23 },
  ];
  const rows = [
    ["a\u001b[31mb\t😀", "1"],
    [null, "-200"],
  ];
  assert.equal(
    alignedTable({ columns, rows, more: false }),
    "what·else     n\n---------  ----\na·[31mb·😀     1\n           -200\n(2 rows)\n",
  );
});
