import { ConfigError } from "../record/errors.ts";
import { migrate } from "../sinks/postgres/migrations.ts";
import { openPgDatabase } from "../sinks/postgres/pg-database.ts";
import { MIGRATIONS } from "./mart.ts";
import { martServerUrl } from "./mart-place.ts";
import { parseArguments } from "./parse-arguments.ts";

/**
 * `gdelt-streams mart migrate --mart postgres://owner@…`: makes the tables or brings them up to date,
 * and makes the roles for those who write and read them. For logins that may do less, who then find
 * nothing left to do.
 */
export async function runMartMigrate(args: readonly string[]): Promise<number> {
  const { values } = parseArguments({ args: [...args], options: { mart: { type: "string" } } });
  const url = martServerUrl(values.mart);
  if (url === null) {
    throw new ConfigError(
      "usage: gdelt-streams mart migrate --mart postgres://…; an embedded mart needs none",
    );
  }
  const database = openPgDatabase(url);
  try {
    const applied = await migrate(database, MIGRATIONS);
    const { rows } = await database.transaction((tx) =>
      tx.query("select unnest(ops.provide_roles())"),
    );
    for (const name of applied) process.stdout.write(`${name} is applied\n`);
    if (applied.length === 0) process.stdout.write("the tables are up to date\n");
    for (const [role] of rows) {
      process.stdout.write(
        `role ${role} is not there, and this login may not create roles: have an administrator run ` +
          `"create role ${role} nologin", then run this again\n`,
      );
    }
    return 0;
  } finally {
    await database.close();
  }
}
