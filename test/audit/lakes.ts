import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { auditLake } from "../../src/audit/audit.ts";
import type { AuditReport } from "../../src/audit/report.ts";
import { LakeSql } from "../../src/lake-sql/lake-sql.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import type { ScenarioSpec } from "../simulation/scenario.ts";
import { deltaTables, type Tables } from "../simulation/tables.ts";
import { type RunSpec, World } from "../simulation/world.ts";

/** A file of a lake, below its root. */
export type LakeFiles = ReadonlyMap<string, Uint8Array>;

/** Runs a scenario to its end; all files of the lake it has written. */
export async function simulatedLake(spec: ScenarioSpec, run: RunSpec): Promise<LakeFiles> {
  let objects: ObjectStore | undefined;
  const tables: Tables = {
    ...deltaTables(),
    batches: async (_, store) => {
      objects = store;
      return [];
    },
  };
  const world = new World(spec, run, tables);
  await world.toEnd();
  // The world keeps its store to itself, but shows it to who reads its tables.
  await world.contents();
  const files = new Map<string, Uint8Array>();
  for (const { path } of await objects!.list("")) files.set(path, (await objects!.get(path))!);
  return files;
}

const VERSION = /^(.*)\/_delta_log\/(?:(\d{20})\.(?:json|checkpoint\.parquet)|_last_checkpoint)$/;

/** The newest version of each table. */
export function versionsOf(files: LakeFiles): Map<string, number> {
  const versions = new Map<string, number>();
  for (const path of files.keys()) {
    const [, table, version] = VERSION.exec(path) ?? [];
    if (version === undefined) continue;
    versions.set(table!, Math.max(versions.get(table!) ?? 0, Number(version)));
  }
  return versions;
}

/** The lake as it was, or could have been, when each table was at a version of its own. */
export function atVersions(files: LakeFiles, versions: ReadonlyMap<string, number>): LakeFiles {
  const kept = [...files].filter(([path]) => {
    const [, table, version] = VERSION.exec(path) ?? [];
    if (table === undefined) return true;
    return version !== undefined && Number(version) <= versions.get(table)!;
  });
  return new Map(kept);
}

export async function writeLake(folder: string, files: LakeFiles): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export async function withLake<T>(folder: string, work: (lake: LakeSql) => Promise<T>): Promise<T> {
  const options = { folder, tables: LAKE_TABLES, memoryBytesMax: 256 << 20, threads: 1 };
  const lake = await LakeSql.open(options);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

export const auditFolder = (folder: string, sliceMs: number | null = null): Promise<AuditReport> =>
  withLake(folder, (lake) => auditLake(lake, sliceMs));

/** What does not add up, for a person. */
export const problemsOf = ({ problems }: AuditReport): string =>
  problems
    .map((p) => `${p.check} ${p.slice} ${p.feed} ${p.count}: ${p.examples.join("; ")}`)
    .join("\n");
