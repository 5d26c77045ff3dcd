import path from "node:path";
import { ConfigError } from "../record/errors.ts";
import { DeltaLog } from "../sinks/delta/log.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { isS3Url } from "../state/s3/s3-location.ts";
import { LAKE_TABLES, type LakeTable } from "./lake.ts";

/** A table that is there. */
export interface PlacedTable {
  /** For people: its folder in a lake, or where it is. */
  readonly name: string;
  readonly log: DeltaLog;
  /** null: it is none of ours. */
  readonly described: LakeTable | null;
}

/**
 * The tables at a place in whose store we are: itself one, or a lake with those that the topology
 * feeds. @throws ConfigError when it is neither, or a part of the lake is missing.
 */
export async function tablesAt(store: ObjectStore, place: string): Promise<PlacedTable[]> {
  const whole = new DeltaLog(store, "");
  if (await whole.exists()) {
    const name = isS3Url(place) ? place.replace(/\/+$/, "") : path.resolve(place);
    const described = LAKE_TABLES.find(({ folder }) => name.endsWith(`/${folder}`)) ?? null;
    return [{ name: described?.folder ?? name, log: whole, described }];
  }
  const tables: PlacedTable[] = [];
  const missing: string[] = [];
  for (const described of LAKE_TABLES) {
    const { folder, optional } = described;
    const log = new DeltaLog(store, folder);
    if (await log.exists()) tables.push({ name: folder, log, described });
    else if (!optional) missing.push(folder);
  }
  if (tables.length === 0) throw new ConfigError(`there is neither a table nor a lake at ${place}`);
  if (missing.length === 0) return tables;
  throw new ConfigError(`there is no table ${missing.join(", ")} below ${place}`);
}
