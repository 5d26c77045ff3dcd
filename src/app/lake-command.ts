import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { compactTable } from "../sinks/delta/compaction.ts";
import { FolderObjectStore } from "../state/folder-object-store.ts";
import { LAKE_TABLES, openLakeTable } from "./lake.ts";
import { parseArguments } from "./parse-arguments.ts";

const MIB = 1024 * 1024;

/** `gdelt-streams lake compact <folder>`: fewer files, and the newest revision of each row only. */
export async function runLake(args: readonly string[], clock: Clock): Promise<number> {
  const [action, ...rest] = args;
  const { positionals } = parseArguments({ args: rest, allowPositionals: true, options: {} });
  const [folder, ...others] = positionals;
  if (action !== "compact" || folder === undefined || others.length > 0) {
    throw new ConfigError("usage: gdelt-streams lake compact <folder>");
  }
  const store = new FolderObjectStore(folder);
  for (const described of LAKE_TABLES) {
    if ((await store.list(`${described.folder}/_delta_log/`)).length === 0) {
      if (described.optional) continue;
      throw new ConfigError(`there is no table ${described.folder} below ${folder}`);
    }
    const table = await openLakeTable(store, described, clock);
    const { filesRemoved, filesAdded, rowsDropped } = await compactTable(table, {
      newest: described.newest,
      fileBytesMin: 32 * MIB,
      fileBytesMax: 128 * MIB,
    });
    process.stdout.write(
      `${described.folder}: ${filesRemoved} files became ${filesAdded}, ` +
        `${rowsDropped} superseded rows dropped\n`,
    );
  }
  return 0;
}
