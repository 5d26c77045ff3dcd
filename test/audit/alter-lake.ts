import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Action } from "../../src/sinks/delta/actions.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";

/**
 * Changes the rows of a table behind the pipeline's back, so that neither the files nor the numbers
 * in the log give it away: only the rows themselves do. `change` makes the new rows of `rows`, a
 * table with all columns, as a query.
 */
export async function alterRows(folder: string, table: string, change: string): Promise<void> {
  const files = await liveFiles(folder, table);
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const ask = async (sql: string) => Number((await connection.runAndReadAll(sql)).getRows()[0]![0]);
  let more = 0;
  for (const path of files) {
    const at = join(folder, table, path);
    const read = `read_parquet('${at}', hive_partitioning = false)`;
    const before = await ask(`SELECT count(*) FROM ${read}`);
    await connection.run(`CREATE OR REPLACE TABLE rows AS FROM ${read}`);
    await connection.run(`COPY (${change}) TO '${at}.new' (FORMAT parquet)`);
    await rename(`${at}.new`, at);
    more += (await ask(`SELECT count(*) FROM ${read}`)) - before;
    const { size } = await stat(at);
    await alterLog(folder, table, (action) =>
      action.add?.path === path ? { add: { ...action.add, size } } : action,
    );
  }
  connection.closeSync();
  instance.closeSync();
  await addToCount(folder, table, more);
}

/** The log says that so many rows more were put in. */
async function addToCount(folder: string, table: string, more: number): Promise<void> {
  let left = more;
  await alterLog(folder, table, (action) => {
    if (left === 0 || !action.txn?.appId.endsWith("/rows")) return action;
    const txn = { ...action.txn, version: action.txn.version + left };
    left = 0;
    return { txn };
  });
}

export async function liveFiles(folder: string, table: string): Promise<string[]> {
  const snapshot = await new DeltaLog(new FolderObjectStore(folder), table).load();
  return [...snapshot!.files.keys()];
}

/** Changes the actions of a table's only commits; null leaves one out. From the newest on. */
export async function alterLog(
  folder: string,
  table: string,
  change: (action: Action) => Action | null,
): Promise<void> {
  const log = new DeltaLog(new FolderObjectStore(folder), table);
  const { version } = (await log.load())!;
  for (let at = version; at >= 0; at--) {
    const path = join(folder, log.commitPath(at));
    const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
    const changed = lines.map((line) => change(JSON.parse(line) as Action));
    const kept = changed.filter((action) => action !== null);
    await writeFile(path, kept.map((action) => `${JSON.stringify(action)}\n`).join(""));
  }
}
