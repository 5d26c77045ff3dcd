import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../record/errors.ts";
import type { Database, Transaction } from "./database.ts";
import { StatementError } from "./statement-error.ts";

interface Migration {
  readonly version: number;
  /** Of the file. */
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Processes that start at once apply them one after another. */
const LOCK = "select pg_advisory_xact_lock(hashtext('gdelt-streams migrations'))";

const BOOKS = `
  create schema if not exists ops;
  create table ops.migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  );
  comment on table ops.migrations is 'Which changes of the tables have been applied here.';
  comment on column ops.migrations.version is 'Number of the file; they are applied in this order.';
  comment on column ops.migrations.name is 'Name of the file.';
  comment on column ops.migrations.checksum is 'SHA-256 of the file: one that was applied must not be changed.';
  comment on column ops.migrations.applied_at is 'When it was applied.';`;

/**
 * Applies the files of a folder that have not been applied yet, in the order of their numbers, all of
 * them or none: `0001-tables.sql`. There is no way back but a further file. Files that a newer
 * version of the program has applied are no concern of this one.
 * @returns names of those applied now.
 * @throws ConfigError when a file has been changed since it was applied, or cannot be applied.
 */
export async function migrate(database: Database, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return await database.transaction(async (tx) => {
    await tx.query(LOCK);
    const { rows: books } = await tx.query("select to_regclass('ops.migrations')");
    if (books[0]![0] === null) await asOwner("the migrations", () => tx.execute(BOOKS));
    const { rows } = await tx.query("select version, checksum from ops.migrations");
    const known = new Map(rows.map(([version, checksum]) => [Number(version), checksum]));
    const applied: string[] = [];
    for (const migration of migrations) {
      const checksum = known.get(migration.version);
      if (checksum === undefined) {
        await apply(tx, migration);
        applied.push(migration.name);
      } else if (checksum !== migration.checksum) {
        throw new ConfigError(
          `migration ${migration.name} is not the one that was applied to this database: put the ` +
            "file back as it was, and make the change in a further file",
        );
      }
    }
    return applied;
  });
}

async function apply(tx: Transaction, { version, name, sql, checksum }: Migration): Promise<void> {
  await asOwner(`migration ${name}`, () => tx.execute(sql));
  await tx.query("insert into ops.migrations (version, name, checksum) values ($1, $2, $3)", [
    version,
    name,
    checksum,
  ]);
}

/** Says who can do it, where the login that a replica has cannot. */
async function asOwner(what: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (cause) {
    if (cause instanceof StatementError) {
      throw new ConfigError(`${what} cannot be applied: ${cause.message}`, { cause });
    }
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigError(
      `${what} cannot be applied by this login: ${cause.message}; run gdelt-streams mart migrate ` +
        "as the owner of the tables",
      { cause },
    );
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations: Migration[] = [];
  for (const [i, name] of names.entries()) {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (version !== i + 1) {
      const number = String(i + 1).padStart(4, "0");
      throw new ConfigError(`${path.join(folder, name)}: the next migration is ${number}-….sql`);
    }
    const sql = await readFile(path.join(folder, name), "utf8");
    const checksum = createHash("sha256").update(sql).digest("hex");
    migrations.push({ version, name, sql, checksum });
  }
  return migrations;
}
