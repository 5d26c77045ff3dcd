import { TaskCorruptedError } from "../record/errors.ts";
import {
  type BlockInfo,
  CheckpointFolder,
  type Manifest,
  taskFolder,
} from "./checkpoint-folder.ts";
import type { ObjectInfo, ObjectStore } from "./object-store.ts";

/** Which tasks to look at; what is not named is any. */
export interface InspectedTasks {
  readonly application?: string | undefined;
  readonly generation?: number | undefined;
  readonly task?: string | undefined;
}

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** What a checkpoint store holds of one task. */
export interface TaskReport<Meta> {
  readonly application: string;
  readonly generation: number;
  readonly task: string;
  /** How many there are: that of the last commit, of the one before, and of those never committed. */
  readonly manifests: number;
  /** The one with the greatest number; it may not be committed. Null: none can be read. */
  readonly newest: NewestManifest<Meta> | null;
  /** Blocks of the newest by how often they were merged, the fresh ones first. */
  readonly tiers: readonly Amount[];
  /** Objects that no manifest lists: left by who stopped at a commit, or of one under way. */
  readonly unlisted: Amount;
  /** What is missing or damaged. */
  readonly problems: readonly string[];
}

export interface NewestManifest<Meta> {
  readonly id: string;
  readonly sequence: number;
  readonly modifiedMs: number;
  readonly stores: readonly StoreReport[];
  readonly meta: Meta;
}

export interface StoreReport {
  readonly name: string;
  readonly segments: number;
  readonly bytes: number;
}

/** Blocks are only looked for, or with `verify` read whole and checked. One task at a time. */
export async function* inspectCheckpoints<Meta>(
  objects: ObjectStore,
  which: InspectedTasks,
  verify: boolean,
): AsyncGenerator<TaskReport<Meta>, void, undefined> {
  const found = new Map<string, TaskObjects>();
  for (const object of await objects.list(prefixOf(which))) {
    const place = /^(?:(.+)\/)(\d+)\/(\d+_\d+)\/(?:blocks|manifests)\//.exec(object.path);
    if (place === null) continue;
    const [application, generation, task] = [place[1]!, Number(place[2]), place[3]!];
    if (which.application !== undefined && application !== which.application) continue;
    if (which.generation !== undefined && generation !== which.generation) continue;
    if (which.task !== undefined && task !== which.task) continue;
    const path = taskFolder(application, generation, task);
    const of = found.get(path) ?? { application, generation, task, objects: [] };
    found.set(path, of);
    of.objects.push(object);
  }
  const byName = [...found].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  for (const [path, of] of byName) {
    const folder = new CheckpointFolder<Meta>(objects, path, of.task);
    yield await inspectTask(folder, of, verify);
  }
}

interface TaskObjects {
  readonly application: string;
  readonly generation: number;
  readonly task: string;
  readonly objects: ObjectInfo[];
}

function prefixOf({ application, generation }: InspectedTasks): string {
  if (application === undefined) return "";
  return generation === undefined ? `${application}/` : `${application}/${generation}/`;
}

async function inspectTask<Meta>(
  folder: CheckpointFolder<Meta>,
  { objects, ...names }: TaskObjects,
  verify: boolean,
): Promise<TaskReport<Meta>> {
  const sizes = new Map(objects.map(({ path, size }) => [path, size]));
  const problems: string[] = [];
  const listed = new Set<string>();
  const seen = new Set<string>();
  const ids = await folder.manifestIds();
  let last: { readonly id: string; readonly manifest: Manifest<Meta> } | null = null;
  for (const id of ids) {
    listed.add(folder.manifestPath(id));
    const manifest = await complaining(problems, () => folder.readManifest(id));
    if (manifest === null) continue;
    last = { id, manifest };
    for (const block of manifest.blocks) {
      listed.add(block.path);
      if (seen.has(block.path)) continue;
      seen.add(block.path);
      if (verify) await complaining(problems, () => folder.readBlock(block));
      else if (sizes.get(block.path) !== block.bytes) problems.push(lacking(block, sizes));
    }
  }
  const unlisted = objects.filter(({ path }) => !listed.has(path));
  return {
    ...names,
    manifests: ids.length,
    newest: last && newestOf(folder, last.id, last.manifest, objects),
    tiers: last === null ? [] : tiersOf(last.manifest.blocks),
    unlisted: amount(unlisted.map(({ size }) => size)),
    problems,
  };
}

/** Null and a complaint if what it reads is missing or damaged. */
async function complaining<T>(problems: string[], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof TaskCorruptedError)) throw cause;
    problems.push(cause.message);
    return null;
  }
}

function lacking({ path, bytes }: BlockInfo, sizes: ReadonlyMap<string, number>): string {
  const size = sizes.get(path);
  return `checkpoint block ${path} ${size === undefined ? "is missing" : `has ${size} bytes, expected ${bytes}`}`;
}

function newestOf<Meta>(
  folder: CheckpointFolder<Meta>,
  id: string,
  { sequence, stores, meta }: Manifest<Meta>,
  objects: readonly ObjectInfo[],
): NewestManifest<Meta> {
  const path = folder.manifestPath(id);
  return {
    id,
    sequence,
    modifiedMs: objects.find((object) => object.path === path)?.modifiedMs ?? Number.NaN,
    stores: Object.entries(stores).map(([name, segments]) => ({
      name,
      segments: segments.length,
      bytes: segments.reduce((sum, { length }) => sum + length, 0),
    })),
    meta,
  };
}

function tiersOf(blocks: readonly BlockInfo[]): Amount[] {
  const tiers = Math.max(-1, ...blocks.map(({ tier }) => tier)) + 1;
  return Array.from({ length: tiers }, (_, tier) =>
    amount(blocks.filter((block) => block.tier === tier).map(({ bytes }) => bytes)),
  );
}

const amount = (sizes: readonly number[]): Amount => ({
  objects: sizes.length,
  bytes: sizes.reduce((sum, size) => sum + size, 0),
});
