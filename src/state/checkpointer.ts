import { crc32 } from "node:zlib";
import { TaskCorruptedError } from "../record/errors.ts";
import { blockName, decodeBlock, encodeBlock, mergeSections } from "./checkpoint-block.ts";
import { loadAhead } from "./load-ahead.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Section, SegmentLength, Store } from "./store.ts";

/** A block as the manifest lists it: enough to fetch and to check it. */
interface BlockInfo {
  readonly path: string;
  readonly bytes: number;
  /** How many levels of merging it has been through. */
  readonly tier: number;
  /** The segments of each store of which it holds sections. */
  readonly holds: Readonly<Record<string, readonly number[]>>;
}

/** Everything a task needs to go on: which blocks are its state, and what it knew beside them. */
interface Manifest<Meta> {
  readonly formatVersion: 1;
  readonly task: string;
  readonly sequence: number;
  readonly blocks: readonly BlockInfo[];
  readonly stores: Readonly<Record<string, readonly SegmentLength[]>>;
  readonly meta: Meta;
}

/** Blocks of one tier before they are merged into one of the next; and no merging beyond it. */
const MERGE_BLOCKS = 8;
const MERGED_BYTES_MAX = 64 * 1024 * 1024;

/** Blocks which a restore has in memory besides the state itself. */
const LOADS = {
  bytesOf: ({ bytes }: BlockInfo) => bytes,
  bytesMax: 2 * MERGED_BYTES_MAX,
  itemsMax: 8,
};

/**
 * Incremental checkpoints of one task. Each commit stores one immutable block with what every
 * store appended, and a manifest that lists the live blocks; its id then travels with the offsets.
 * Eight blocks of a tier become one of the next, without what has expired, so a checkpoint holds
 * O(log commits) blocks, and a byte is rewritten a few times at most. A block of which everything
 * has expired is left out.
 *
 * Only the current owner of the task deletes, and only what neither the committed manifest nor the
 * one before it lists: a commit whose outcome is unknown may turn out either way.
 */
export class Checkpointer<Meta> {
  private readonly objects: ObjectStore;
  private readonly task: string;
  private readonly folder: string;
  private last: Manifest<Meta> | null = null;
  private lastId: string | null = null;
  private pending: { readonly id: string; readonly manifest: Manifest<Meta> } | null = null;
  private garbage: string[] = [];
  /** Objects put since the last commit. */
  private written: string[] = [];

  /** `folder` is the task's own, e.g. `my-app/1/0_3`. */
  constructor(objects: ObjectStore, folder: string, task: string) {
    this.objects = objects;
    this.folder = folder;
    this.task = task;
  }

  private manifestPath(id: string): string {
    return `${this.folder}/manifests/${id}.json`;
  }

  /** Stores what changed since the last commit; the id of a manifest that is not yet committed. */
  async cut(stores: readonly Store[], meta: Meta): Promise<string> {
    const sections = stores.flatMap((store) => store.cut());
    const live = Object.fromEntries(stores.map((store) => [store.name, store.live()]));
    const sequence = (this.last?.sequence ?? 0) + 1;
    const isLive = segmentSet(idsOf(live));
    const begun = segmentSet(begunIn(sections));
    const isHeld: Contains = (store, segment) => isLive(store, segment) && !begun(store, segment);
    let blocks: readonly BlockInfo[] = (this.last?.blocks ?? [])
      .map((block) => holding(block, isHeld))
      .filter(({ holds }) => Object.keys(holds).length > 0);
    if (sections.length > 0) {
      const fresh = await this.store(sections, 0, sequence);
      blocks = await this.merge([...blocks, fresh], sequence);
    }
    const manifest: Manifest<Meta> = {
      formatVersion: 1,
      task: this.task,
      sequence,
      blocks,
      stores: live,
      meta,
    };
    this.pending = await this.putManifest(manifest);
    return this.pending.id;
  }

  private async putManifest(manifest: Manifest<Meta>) {
    const body = Buffer.from(JSON.stringify(manifest));
    const id = `${manifest.sequence}-${crc32(body).toString(16).padStart(8, "0")}`;
    this.written.push(this.manifestPath(id));
    await this.objects.put(this.manifestPath(id), body);
    return { id, manifest };
  }

  private async store(sections: Section[], tier: number, sequence: number): Promise<BlockInfo> {
    const bytes = encodeBlock(sections);
    const path = `${this.folder}/blocks/${sequence}-${tier}-${blockName(bytes)}`;
    this.written.push(path);
    await this.objects.put(path, bytes);
    return { path, bytes: bytes.length, tier, holds: segmentsOf(sections) };
  }

  private async merge(
    blocks: readonly BlockInfo[],
    sequence: number,
  ): Promise<readonly BlockInfo[]> {
    const tail = blocks.slice(-MERGE_BLOCKS);
    const tier = tail[0]!.tier;
    const bytes = tail.reduce((sum, block) => sum + block.bytes, 0);
    const full = tail.length === MERGE_BLOCKS && tail.every((block) => block.tier === tier);
    if (!full || bytes > MERGED_BYTES_MAX) return blocks;
    const loaded = await Promise.all(tail.map((block) => this.load(block)));
    const merged = await this.store(mergeSections(loaded.flat()), tier + 1, sequence);
    return this.merge([...blocks.slice(0, -MERGE_BLOCKS), merged], sequence);
  }

  /** The sections of a block that are still state. */
  private async load(info: BlockInfo): Promise<Section[]> {
    const isHeld = segmentSet(info.holds);
    return decodeBlock(info.path, await this.loadBytes(info)).filter(({ store, segment }) =>
      isHeld(store, segment),
    );
  }

  private async loadBytes({ path, bytes }: BlockInfo): Promise<Uint8Array> {
    const block = await this.objects.get(path);
    if (block === null || block.length !== bytes) {
      throw new TaskCorruptedError(
        `task ${this.task}: checkpoint block ${path} ` +
          (block === null ? "is missing" : `has ${block.length} bytes, expected ${bytes}`),
      );
    }
    return block;
  }

  /** The manifest of the last `cut` was committed with the offsets. */
  async committed(): Promise<void> {
    if (this.pending === null) return;
    const { id, manifest } = this.pending;
    const kept = new Set([this.manifestPath(id), ...manifest.blocks.map((block) => block.path)]);
    const isDead = (path: string) => !kept.has(path);
    // What was written and merged within this cut is listed nowhere.
    const superseded = [...(this.last?.blocks ?? []).map((block) => block.path), ...this.written];
    if (this.lastId !== null) superseded.push(this.manifestPath(this.lastId));
    this.last = manifest;
    this.lastId = id;
    this.pending = null;
    this.written = [];
    // A cut that was aborted and repeated has the same bytes, hence the same paths.
    const doomed = this.garbage.filter(isDead);
    this.garbage = superseded.filter(isDead);
    for (const path of doomed) await this.objects.delete(path);
  }

  /** The commit did not happen: what was cut is garbage. */
  aborted(): void {
    this.garbage.push(...this.written);
    this.written = [];
    this.pending = null;
  }

  /** Loads the manifest of an id and fills the stores from its blocks; what it knew beside them. */
  async restore(id: string, stores: readonly Store[]): Promise<Meta> {
    const manifest = await this.readManifest(id);
    const byName = new Map(stores.map((store) => [store.name, store]));
    // In the order they were written: a section goes on where an earlier one of its segment ended.
    for await (const sections of loadAhead(manifest.blocks, (at) => this.load(at), LOADS)) {
      for (const section of sections) byName.get(section.store)?.restore(section);
    }
    for (const store of stores) this.checkLengths(store, manifest.stores[store.name] ?? []);
    for (const store of stores) store.committed();
    this.last = manifest;
    this.lastId = id;
    await this.sweep(manifest, id);
    return manifest.meta;
  }

  private async readManifest(id: string): Promise<Manifest<Meta>> {
    const path = this.manifestPath(id);
    const body = await this.objects.get(path);
    if (body === null) {
      throw new TaskCorruptedError(
        `task ${this.task}: the committed offsets name checkpoint ${id}, but there is no ${path}: ` +
          "point the application at the checkpoint store it ran with, or reset it",
      );
    }
    const crc = crc32(body).toString(16).padStart(8, "0");
    const text = Buffer.from(body).toString("utf8");
    const manifest = id.endsWith(crc) ? (JSON.parse(text) as Manifest<Meta>) : null;
    if (manifest?.task !== this.task || manifest.formatVersion !== 1) {
      throw new TaskCorruptedError(`task ${this.task}: ${path} is damaged or of another task`);
    }
    return manifest;
  }

  private checkLengths(store: Store, expected: readonly SegmentLength[]): void {
    const actual = JSON.stringify(store.live());
    if (actual === JSON.stringify(expected)) return;
    throw new TaskCorruptedError(
      `task ${this.task}: store ${store.name} restored to ${actual.slice(0, 200)}, ` +
        `the checkpoint says ${JSON.stringify(expected).slice(0, 200)}`,
    );
  }

  /** Deletes what a former owner left behind: blocks and manifests this one does not list. */
  private async sweep(manifest: Manifest<Meta>, id: string): Promise<void> {
    const kept = new Set([this.manifestPath(id), ...manifest.blocks.map((block) => block.path)]);
    for (const { path } of await this.objects.list(`${this.folder}/`)) {
      if (!kept.has(path)) await this.objects.delete(path);
    }
  }

  /** The checkpoint that is committed; null before the first. */
  get committedId(): string | null {
    return this.lastId;
  }

  /** Copies a checkpoint with its blocks into a folder of another store; its id there. */
  async copyTo(id: string, objects: ObjectStore, folder: string): Promise<string> {
    const manifest = await this.readManifest(id);
    const target = new Checkpointer<Meta>(objects, folder, this.task);
    const blocks: BlockInfo[] = [];
    const load = async (info: BlockInfo) => ({ info, bytes: await this.loadBytes(info) });
    for await (const { info, bytes } of loadAhead(manifest.blocks, load, LOADS)) {
      // Whoever keeps a copy wants to know now whether it is whole.
      decodeBlock(info.path, bytes);
      const path = `${folder}/blocks/${info.path.slice(info.path.lastIndexOf("/") + 1)}`;
      await objects.put(path, bytes);
      blocks.push({ ...info, path });
    }
    return (await target.putManifest({ ...manifest, blocks })).id;
  }

  /** Whether the store holds any manifest of this task. */
  async exists(): Promise<boolean> {
    return (await this.objects.list(`${this.folder}/manifests/`)).length > 0;
  }
}

type Contains = (store: string, segment: number) => boolean;

/**
 * A block without the segments that are no longer held, so that it goes when nothing is left. What
 * it has of a segment that was dropped must not come back when one of its number begins anew.
 */
function holding(block: BlockInfo, isHeld: Contains): BlockInfo {
  const holds = Object.entries(block.holds)
    .map(([store, segments]) => [store, segments.filter((id) => isHeld(store, id))] as const)
    .filter(([, segments]) => segments.length > 0);
  return { ...block, holds: Object.fromEntries(holds) };
}

/** Segments of which a cut has the first byte. */
const begunIn = (sections: readonly Section[]) =>
  segmentsOf(sections.filter(({ from }) => from === 0));

function segmentsOf(sections: readonly Section[]): Record<string, number[]> {
  const byStore = Map.groupBy(sections, ({ store }) => store);
  return Object.fromEntries(
    [...byStore].map(([store, of]) => [store, [...new Set(of.map(({ segment }) => segment))]]),
  );
}

function segmentSet(stores: Readonly<Record<string, readonly number[]>>): Contains {
  const sets = new Map(Object.entries(stores).map(([name, ids]) => [name, new Set(ids)]));
  return (store, segment) => sets.get(store)?.has(segment) ?? false;
}

const idsOf = (
  stores: Readonly<Record<string, readonly SegmentLength[]>>,
): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(stores).map(([name, live]) => [name, live.map(({ segment }) => segment)]),
  );
