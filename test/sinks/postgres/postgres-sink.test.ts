import assert from "node:assert/strict";
import { decodeArrow } from "../../../src/record/arrow/batch-builder.ts";
import {
  ConfigError,
  RecordError,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../../../src/record/errors.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { dropOldDays } from "../../../src/sinks/postgres/old-days.ts";
import { batchOf, ipcOf, schema } from "../delta/delta-fixture.ts";
import { ask, onTables, records, sinkOn, value } from "./sink-fixture.ts";
import { testDatabases } from "./test-databases.ts";

for (const tested of await testDatabases()) {
  const check = onTables(tested);

  const rows = (database: Database) =>
    ask(database, "select id, name, revision from silver.small order by id, slice");

  check("the position is a row of its own, moved with the rows", async (database) => {
    const sink = sinkOn(database);
    assert.equal(await sink.open(), null);
    sink.write(records(10, [value({ id: 1 }, { id: 2 }), value({ id: 3 })]));
    await sink.commit();
    assert.deepEqual(await ask(database, "select * from ops.sink_offsets"), [
      ["app@log", "2", "small-mart", "silver.events", "3", "12", "1"],
    ]);
    assert.deepEqual(await rows(database), [
      ["1", null, "1"],
      ["2", null, "1"],
      ["3", null, "1"],
    ]);
    assert.equal(await sinkOn(database).open(), 12);
    assert.equal(await sinkOn(database, { application: "app@other" }).open(), null);
  });

  check("a row replaces the one of its key only if it is newer", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    const revisions = [3, 2, 5, 5, 4];
    for (const [offset, revision] of revisions.entries()) {
      sink.write(records(offset, [value({ id: 1, revision, name: `offset ${offset}` })]));
      await sink.commit();
    }
    assert.deepEqual(await rows(database), [["1", "offset 2", "5"]]);
    sink.write(records(5, [value({ id: 1, generation: 2, name: "reset" })]));
    await sink.commit();
    assert.deepEqual(await rows(database), [["1", "reset", "1"]]);
  });

  check("of one commit's rows of a key the newest is written", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    const one = value({ id: 1, revision: 2, name: "b" }, { id: 1, name: "a" }, { id: 2 });
    sink.write(
      records(0, [one, value({ id: 1, revision: 3, name: "c" }, { id: 2, name: "late" })]),
    );
    await sink.commit();
    assert.deepEqual(await rows(database), [
      ["1", "c", "3"],
      ["2", null, "1"],
    ]);
  });

  check("rows go to a partition for each day, made when it is needed", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    const at = (id: number, slice: string) => value({ id, slice });
    sink.write(records(0, [at(1, "2015-02-18T23:59:59Z"), at(2, "2015-02-19T00:00:00Z")]));
    await sink.commit();
    const other = sinkOn(database, { source: { topic: "silver.events", partition: 4 } });
    await other.open();
    other.write(records(0, [at(3, "2015-02-19T12:00:00Z"), at(4, "1969-12-31T12:00:00Z")]));
    await other.commit();
    assert.deepEqual(
      await ask(database, "select tableoid::regclass::text, id from silver.small order by id"),
      [
        ["silver.small_20150218", "1"],
        ["silver.small_20150219", "2"],
        ["silver.small_20150219", "3"],
        ["silver.small_19691231", "4"],
      ],
    );
  });

  check("days are dropped that ended too long before the newest", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    const days = ["2015-02-18", "2015-02-20", "2015-02-21", "2015-02-19", "2014-12-31"];
    sink.write(
      records(
        0,
        days.map((day, id) => value({ id, slice: `${day}T12:00:00Z` })),
      ),
    );
    await sink.commit();
    const dayMs = 24 * 3_600_000;
    const drop = (retentionMs: number) => dropOldDays(database, ["silver.small"], retentionMs);
    assert.deepEqual(await drop(100 * dayMs), []);
    assert.deepEqual(await drop(1.5 * dayMs), [
      "silver.small_20141231",
      "silver.small_20150218",
      "silver.small_20150219",
    ]);
    assert.deepEqual(await drop(1.5 * dayMs), []);
    const ids = async () => (await ask(database, "select id from silver.small order by id")).flat();
    assert.deepEqual(await ids(), ["1", "2"]);
    // What comes for such a day fails once, makes it anew, and is dropped with it.
    const late = records(5, [value({ id: 7, slice: "2015-02-18T12:00:00Z" })]);
    sink.write(late);
    await assert.rejects(sink.commit(), RetriableError);
    assert.equal(await sink.open(), 5);
    sink.write(late);
    await sink.commit();
    assert.deepEqual(await ids(), ["1", "2", "7"]);
    assert.deepEqual(await drop(1.5 * dayMs), ["silver.small_20150218"]);
    assert.deepEqual(await ids(), ["1", "2"]);
  });

  // PGlite has one connection: there nobody reads beside.
  const besideReaders = tested.name === "Postgres" ? check : () => {};
  besideReaders("a day that somebody reads is not waited for", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    sink.write(records(0, [value({ id: 1, slice: "2015-02-18T12:00:00Z" }, { id: 2 })]));
    await sink.commit();
    const drop = () => dropOldDays(database, ["silver.small"], 1000);
    await database.transaction(async (tx) => {
      await tx.query("select count(*) from silver.small");
      await assert.rejects(drop(), RetriableError);
    });
    assert.deepEqual(await drop(), ["silver.small_20150218"]);
  });

  check("sinks that need the same new day at once all get it", async (database) => {
    const sinks = Array.from({ length: 6 }, (_, partition) =>
      sinkOn(database, { source: { topic: "silver.events", partition } }),
    );
    await Promise.all(sinks.map((sink) => sink.open()));
    for (const [id, sink] of sinks.entries()) sink.write(records(0, [value({ id })]));
    await Promise.all(sinks.map((sink) => sink.commit()));
    assert.equal((await rows(database)).length, 6);
  });

  check("what the table already has is skipped, whole batches and parts", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    sink.write(records(0, [value({ id: 1 }), value({ id: 2 })]));
    await sink.commit();
    sink.write(records(0, [value({ id: 1 }), value({ id: 2 })]));
    assert.equal(sink.bufferedBytes, 0);
    sink.write(records(1, [value({ id: 2 }), value({ id: 3 })]));
    await sink.commit();
    assert.equal((await rows(database)).length, 3);
    assert.equal(await sinkOn(database).open(), 3);
  });

  check("offsets without rows move the position as well", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    await sink.commit();
    sink.write(records(0, [], 7));
    await sink.commit();
    await sink.commit();
    assert.equal(await sinkOn(database).open(), 7);
  });

  check("a gap in the offsets and rubbish are refused, and nothing stays", async (database) => {
    const sink = sinkOn(database);
    assert.throws(() => sink.write(records(0, [value({ id: 1 })])), TaskCorruptedError);
    await sink.open();
    assert.throws(() => sink.write(records(0, [value({ id: 1 }), Buffer.from("x")])), RecordError);
    assert.equal(sink.bufferedBytes, 0);
    sink.write(records(5, [value({ id: 1 })]));
    assert.throws(() => sink.write(records(7, [value({ id: 2 })])), TaskCorruptedError);
    await sink.commit();
    assert.deepEqual(await rows(database), [["1", null, "1"]]);
  });

  check("a former owner writes nothing once somebody has taken over", async (database) => {
    const former = sinkOn(database);
    await former.open();
    former.write(records(0, [value({ id: 1 })]));
    const owner = sinkOn(database);
    assert.equal(await owner.open(), null);
    await assert.rejects(former.commit(), (error) => {
      assert.ok(error instanceof TaskMigratedError, `${error}`);
      assert.match(error.message, /epoch 2, at null; ours was 1, at null/);
      return true;
    });
    await assert.rejects(former.commit(), TaskCorruptedError);
    assert.deepEqual(await rows(database), []);
    owner.write(records(0, [value({ id: 2 })]));
    await owner.commit();
    // It takes over in its turn, and goes on where the other was.
    assert.equal(await former.open(), 1);
    former.write(records(1, [value({ id: 3 })]));
    await former.commit();
    await assert.rejects(
      (async () => {
        owner.write(records(1, [value({ id: 3, name: "twice" })]));
        await owner.commit();
      })(),
      TaskMigratedError,
    );
    assert.deepEqual(await rows(database), [
      ["2", null, "1"],
      ["3", null, "1"],
    ]);
  });

  check("rows get the time of the commit", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    sink.write(records(0, [value({ id: 1 })]));
    await sink.commit();
    const at = "select silver_committed_at = '2024-06-01 00:00+00' from silver.small";
    assert.deepEqual(await ask(database, at), [["t"]]);
  });

  check("a batch of an older version is filled up, further columns stay null", async (database) => {
    await database.transaction((tx) => tx.execute("alter table silver.small add column note text"));
    const sink = sinkOn(database);
    await sink.open();
    const older = ipcOf(batchOf([{ id: 5, name: "x" }], schema.fields.length - 1));
    sink.write(records(0, [older]));
    await sink.commit();
    assert.deepEqual(await ask(database, "select id, name, note from silver.small"), [
      ["5", "x", null],
    ]);
  });

  check("a table that does not fit is for the operator to mend", async (database) => {
    const alter = (sql: string) => database.transaction((tx) => tx.execute(sql));
    await alter("alter table silver.small add column must text not null");
    await assert.rejects(sinkOn(database).open(), /column must text not null is unknown to this/);
    await alter("alter table silver.small drop column must, alter column tone type text");
    await assert.rejects(sinkOn(database).open(), /column tone: .* double precision, .* has text/);
    await alter("alter table silver.small drop column tone");
    await assert.rejects(sinkOn(database).open(), /column tone: .* has no such column/);
    await alter("drop table silver.small");
    await assert.rejects(sinkOn(database).open(), ConfigError);
  });

  check("a table that changes while it is fed is opened anew", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    await database.transaction((tx) => tx.execute("alter table silver.small add column note text"));
    sink.write(records(0, [value({ id: 1 })]));
    await assert.rejects(sink.commit(), RetriableError);
    assert.equal(await sink.open(), null);
    sink.write(records(0, [value({ id: 1 })]));
    await sink.commit();
    await database.transaction((tx) => tx.execute("drop table silver.small_20240101"));
    sink.write(records(1, [value({ id: 2 })]));
    await assert.rejects(sink.commit(), RetriableError);
    assert.equal(await sink.open(), 1);
    sink.write(records(1, [value({ id: 2 })]));
    await sink.commit();
    assert.deepEqual(await rows(database), [["2", null, "1"]]);
  });

  check(
    "rows that the database refuses are dead letters, the others are there",
    async (database) => {
      const sink = sinkOn(database);
      await sink.open();
      const many = Array.from({ length: 100 }, (_, id) => ({ id }));
      const bad = { id: 1000, name: "nul \0 byte" };
      const out = { id: 1001, slice: "2024-01-01T00:00:00Z", day: "-271820-01-01" };
      const first = value(...many.slice(0, 30), bad, ...many.slice(30));
      sink.write(records(4, [first, value({ id: 200 }, out), value(bad)]));
      await sink.commit();
      assert.equal((await rows(database)).length, 101);
      const letters = await ask(
        database,
        `select feed, topic, "partition", "offset", row, reason,
        seen_at = '2024-06-01 00:00+00' from ops.dead_letter order by "offset", row`,
      );
      const nul =
        'silver.small refuses the row: invalid byte sequence for encoding "UTF8": 0x00 (22021)';
      const where = ["silver.events", "silver.events", "3"];
      assert.deepEqual(letters.slice(0, 1), [[...where, "4", "30", nul, "t"]]);
      // Of two that are equally new the first counts; as it is refused, the other is tried too.
      assert.deepEqual(
        letters.slice(1).map((letter) => letter.slice(3, 5)),
        [
          ["5", "1"],
          ["6", "0"],
        ],
      );
      assert.match(letters[1]![5]!, /out of range \(22008\)/);
      assert.equal(await sinkOn(database).open(), 7);
    },
  );

  check("a dead letter holds the row, from which it can be written again", async (database) => {
    const sink = sinkOn(database);
    await sink.open();
    const bad = { id: 7, name: "\0", themes: ["a", "ü"], revision: 4 };
    sink.write(records(0, [value({ id: 1 }, bad)]));
    await sink.commit();
    const [[raw]] = (await ask(database, "select encode(raw, 'hex') from ops.dead_letter")) as [
      [string],
    ];
    const [batch] = decodeArrow(new Uint8Array(Buffer.from(raw, "hex")));
    const expected = batchOf([bad]);
    assert.equal(batch!.numRows, 1);
    for (const { name: column } of schema.fields) {
      const [found, wanted] = [batch!, expected].map((rows) => `${rows.getChild(column)!.get(0)}`);
      assert.equal(found, wanted, column);
    }
  });

  check(
    "a value that is too long for an index is refused, however it is found",
    async (database) => {
      await database.transaction((tx) => tx.execute("create index on silver.small (name)"));
      const sink = sinkOn(database);
      await sink.open();
      const noise = Array.from({ length: 9000 }, (_, i) =>
        ((i * i * 7919) % 1_000_003).toString(36),
      );
      sink.write(records(0, [value({ id: 1 }, { id: 2, name: noise.join("") }, { id: 3 })]));
      await sink.commit();
      assert.deepEqual(
        (await rows(database)).map(([id]) => id),
        ["1", "3"],
      );
      const [[reason]] = (await ask(database, "select reason from ops.dead_letter")) as [[string]];
      assert.match(reason, /index row .*\(54000\)/);
    },
  );
}
