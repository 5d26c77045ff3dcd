import { availableParallelism } from "node:os";
import { LakeSql } from "../lake-sql/lake-sql.ts";
import { ConfigError, TaskCorruptedError } from "../record/errors.ts";
import { LAKE_TABLES } from "./lake.ts";

const MIB = 1024 * 1024;

/** What a reader of the lake may take of a machine that has a pipeline to run beside it. */
const LIMITS = { memoryBytesMax: 512 * MIB, threads: Math.min(4, availableParallelism()) };

/** Opens the tables below a folder for SQL, and closes them when the work is done. */
export async function withLake<T>(folder: string, work: (lake: LakeSql) => Promise<T>): Promise<T> {
  if (/^\w+:\/\//.test(folder)) {
    throw new ConfigError(`only tables in a folder can be asked, not those at ${folder}`);
  }
  const lake = await LakeSql.open({ folder, tables: LAKE_TABLES, ...LIMITS });
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** @throws TaskCorruptedError when files which the logs list are not there: rows would be missing. */
export function mustBeWhole({ tables }: LakeSql): void {
  const [damaged] = [...tables.values()].flatMap((table) => table.damaged);
  if (damaged === undefined) return;
  throw new TaskCorruptedError(
    `${damaged.path} is not there as it was written; gdelt-streams audit tells what is missing`,
  );
}
