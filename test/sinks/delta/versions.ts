import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { LogHistory } from "../../../src/sinks/delta/log-history.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";

/** `id revision` of every row, version by version, as far back as the log goes. */
export async function versionsOf(
  store: ObjectStore,
  root: string,
  isWanted: (version: number) => boolean = () => true,
): Promise<Map<number, string[]>> {
  const log = new DeltaLog(store, root);
  const history = await LogHistory.open(log);
  const versions = new Map<number, string[]>();
  const read = async () => {
    const { files, version } = history.table;
    if (version < 0 || !isWanted(version)) return;
    const rows: string[] = [];
    for (const { path } of files.values()) {
      for (const batch of readParquet((await store.get(log.path(path)))!)) {
        for (const row of batch.toArray()) rows.push(`${row["id"]} ${row["revision"]}`);
      }
    }
    versions.set(version, rows.sort());
  };
  for await (const _ of history.commits()) await read();
  await read();
  return versions;
}

/** The newest revision of each id. */
export function newestOf(rows: Iterable<string>): Record<string, number> {
  const newest: Record<string, number> = {};
  for (const row of rows) {
    const [id, revision] = row.split(" ") as [string, string];
    newest[id] = Math.max(newest[id] ?? 0, Number(revision));
  }
  return newest;
}
