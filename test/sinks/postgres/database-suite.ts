import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Transaction } from "../../../src/sinks/postgres/database.ts";
import { StatementError } from "../../../src/sinks/postgres/statement-error.ts";
import type { TestDatabase } from "./test-databases.ts";

/** What every database does. */
export function databaseSuite({ name, skip, open }: TestDatabase): void {
  const check = (behaviour: string, body: (database: Database) => Promise<void>) =>
    test(`${name}: ${behaviour}`, { skip }, async () => body(await open()));
  const refused = (sql: string) => (tx: Transaction) => tx.query(sql);

  check("values come as the text that Postgres writes, with their types", async (database) => {
    const { columns, rows, count } = await database.transaction((tx) =>
      tx.query(
        `select 9007199254740993::bigint as n, 0.1::float8 as f, true as b, 'é€😀'::text as t,
          array['a','b"c', null]::text[] as l, null::int as z, '\\x00ff'::bytea as y`,
      ),
    );
    assert.deepEqual(rows, [
      ["9007199254740993", "0.1", "t", "é€😀", '{a,"b\\"c",NULL}', null, "\\x00ff"],
    ]);
    assert.equal(count, 1);
    assert.deepEqual(columns.slice(0, 2), [
      { name: "n", type: 20 },
      { name: "f", type: 701 },
    ]);
  });

  check("parameters are text, numbers, null, or bytes in binary form", async (database) => {
    const { rows } = await database.transaction((tx) =>
      tx.query("select $1::text, $2::bigint + 1, $3::text, $4::bytea, $5::int8, $6::text[]", [
        'it\'s \\ "so" — ü',
        41,
        null,
        Uint8Array.of(0, 1, 255),
        Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2),
        '{a,"b c"}',
      ]),
    );
    assert.deepEqual(rows, [['it\'s \\ "so" — ü', "42", null, "\\x0001ff", "258", '{a,"b c"}']]);
  });

  check("a parameter of eight megabytes arrives whole", async (database) => {
    const bytes = new Uint8Array(8 << 20).fill(7);
    const { rows } = await database.transaction((tx) =>
      tx.query("select length($1::bytea), md5($1::bytea) = md5($2::bytea)", [bytes, bytes]),
    );
    assert.deepEqual(rows, [[`${8 << 20}`, "t"]]);
  });

  check("a transaction is seen by others when it is through, and not before", async (database) => {
    await database.transaction((tx) => tx.execute("create table seen (a int)"));
    const counts = await database.transaction(async (tx) => {
      const { count } = await tx.query("insert into seen values (1), (2)");
      return count;
    });
    assert.equal(counts, 2);
    const { rows } = await database.transaction((tx) => tx.query("select a from seen order by a"));
    assert.deepEqual(rows, [["1"], ["2"]]);
  });

  check("work that throws leaves nothing, and its error comes through", async (database) => {
    const broken = database.transaction(async (tx) => {
      await tx.execute("create table unseen (a int); insert into unseen values (1)");
      throw new TypeError("stop");
    });
    await assert.rejects(broken, { name: "TypeError", message: "stop" });
    const { rows } = await database.transaction((tx) => tx.query("select to_regclass('unseen')"));
    assert.deepEqual(rows, [[null]]);
  });

  check("what the server refuses has its code and place", async (database) => {
    const errors = [
      ["select 1/0", "22012", undefined],
      ["select nothing from nowhere", "42P01", 21],
      ["select 1; select 2", "42601", undefined],
    ] as const;
    for (const [sql, code, position] of errors) {
      await assert.rejects(database.transaction(refused(sql)), (error) => {
        assert.ok(error instanceof StatementError, `${error}`);
        assert.equal(error.refusal.code, code);
        assert.equal(error.refusal.position, position);
        return true;
      });
    }
    assert.equal((await database.transaction(refused("select 1"))).rows[0]![0], "1");
  });

  check("only refusals that are about rows blame them", async (database) => {
    await database.transaction((tx) => tx.execute("create table picky (a int not null)"));
    const blames = async (sql: string, parameter: string | Uint8Array) => {
      const error = await database
        .transaction((tx) => tx.query(sql, [parameter]))
        .then(
          () => null,
          (caught: unknown) => caught as StatementError,
        );
      return error?.blamesRows;
    };
    assert.equal(await blames("select $1::int", "4000000000"), true);
    assert.equal(await blames("select $1::text", Uint8Array.of(97, 0)), true);
    assert.equal(await blames("insert into picky select nullif($1, '')::int", ""), true);
    assert.equal(await blames("select $1::text from nowhere", ""), false);
    assert.equal(await blames("insert into picky (b) values ($1)", ""), false);
  });

  check("a failed statement that nobody minds does not pass for a commit", async (database) => {
    const silent = database.transaction(async (tx) => {
      await tx.execute("create table silent (a int)");
      await tx.query("select 1/0").catch(() => {});
    });
    await assert.rejects(silent);
    const { rows } = await database.transaction((tx) => tx.query("select to_regclass('silent')"));
    assert.deepEqual(rows, [[null]]);
  });

  check("savepoints save what came before", async (database) => {
    await database.transaction(async (tx) => {
      await tx.execute("create table saved (a int); insert into saved values (1); savepoint s");
      await assert.rejects(tx.query("insert into saved values (2), (1/0)"), StatementError);
      await tx.execute("rollback to savepoint s; insert into saved values (3)");
    });
    const { rows } = await database.transaction((tx) => tx.query("select a from saved order by a"));
    assert.deepEqual(rows, [["1"], ["3"]]);
  });

  check("transactions that are asked for together do not mix", async (database) => {
    await database.transaction((tx) => tx.execute("create table mixed (who int, step int)"));
    const transfer = (who: number) =>
      database.transaction(async (tx) => {
        for (let step = 0; step < 5; step++) {
          await tx.query("insert into mixed values ($1, $2)", [who, step]);
        }
        if (who % 3 === 0) throw new RangeError("every third one");
      });
    const ends = await Promise.allSettled(Array.from({ length: 12 }, (_, who) => transfer(who)));
    assert.equal(ends.filter(({ status }) => status === "rejected").length, 4);
    const { rows } = await database.transaction((tx) =>
      tx.query("select who, count(*) from mixed group by who order by who"),
    );
    const kept = [1, 2, 4, 5, 7, 8, 10, 11];
    assert.deepEqual(
      rows,
      kept.map((who) => [`${who}`, "5"]),
    );
  });

  check("what takes too long is given up, and the next is answered", async (database) => {
    const forever = database.transaction(
      (tx) => tx.query("select count(*) from generate_series(1, 100000000000)"),
      { timeoutMs: 300 },
    );
    await assert.rejects(forever, (error) => {
      assert.ok(error instanceof StatementError, `${error}`);
      assert.equal(error.refusal.code, "57014");
      return true;
    });
    assert.equal((await database.transaction(refused("select 1"))).rows[0]![0], "1");
  });
}
