import { TaskCorruptedError } from "../record/errors.ts";
import { encodeBlock, mergeSections } from "./checkpoint-block.ts";
import {
  type BlockInfo,
  CheckpointFolder,
  type Manifest,
  sequenceOf,
} from "./checkpoint-folder.ts";
import { loadAhead } from "./load-ahead.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Section, SegmentLength, Store } from "./store.ts";

/** Blocks of one tier before they are merged into one of the next; and no merging beyond it. */
const MERGE_BLOCKS = 8;
const MERGED_BYTES_MAX = 16 * 1024 * 1024;

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
 * A former owner may wake up in the middle of anything, so what is deleted must be dead whoever owns
 * the task by then. Commits follow one another in one line, each with the next number, and a manifest
 * takes over blocks of the one before only. So once a manifest is known to be committed, all that has
 * its number or a smaller one and is not listed in it will never be read again. What has a greater
 * number may be a successor's. And the manifest before stays until the next commit: one whose outcome
 * is unknown may turn out either way.
 */
export class Checkpointer<Meta> {
  private readonly objects: ObjectStore;
  private readonly folder: CheckpointFolder<Meta>;
  private last: Manifest<Meta> | null = null;
  private lastId: string | null = null;
  private pending: { readonly id: string; readonly manifest: Manifest<Meta> } | null = null;
  private garbage: string[] = [];
  /** Objects put since the last commit. */
  private written: string[] = [];
  /** Found at the restore with a greater number than its own: dead when the commits are past it. */
  private strays: string[] = [];
  /** What the last `cut` has put, the manifest with it. */
  cutBytes = 0;
  /** What a restore has still to load. */
  restoreLeftBytes = 0;

  /** `folder` is the task's own, e.g. `my-app/1/0_3`. */
  constructor(objects: ObjectStore, folder: string, task: string) {
    this.objects = objects;
    this.folder = new CheckpointFolder(objects, folder, task);
  }

  /** Stores what changed since the last commit; the id of a manifest that is not yet committed. */
  async cut(stores: readonly Store[], meta: Meta): Promise<string> {
    this.cutBytes = 0;
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
      task: this.folder.task,
      sequence,
      blocks,
      stores: live,
      meta,
    };
    const { id, body } = this.folder.encodeManifest(manifest);
    this.written.push(this.folder.manifestPath(id));
    await this.objects.put(this.folder.manifestPath(id), body);
    this.cutBytes += body.length;
    this.pending = { id, manifest };
    return id;
  }

  private async store(sections: Section[], tier: number, sequence: number): Promise<BlockInfo> {
    const bytes = encodeBlock(sections);
    const path = this.folder.blockPath(sequence, tier, bytes);
    this.written.push(path);
    await this.objects.put(path, bytes);
    this.cutBytes += bytes.length;
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
  private async load(block: BlockInfo): Promise<Section[]> {
    const isHeld = segmentSet(block.holds);
    const sections = await this.folder.readBlock(block);
    return sections.filter(({ store, segment }) => isHeld(store, segment));
  }

  /** The manifest of the last `cut` was committed with the offsets. */
  async committed(): Promise<void> {
    if (this.pending === null) return;
    const { id, manifest } = this.pending;
    const kept = this.folder.pathsOf(id, manifest);
    const isDead = (path: string) => !kept.has(path);
    // What was written and merged within this cut is listed nowhere.
    const superseded = [...(this.last?.blocks ?? []).map((block) => block.path), ...this.written];
    if (this.lastId !== null) superseded.push(this.folder.manifestPath(this.lastId));
    const isPassed = (path: string) => sequenceOf(path) <= manifest.sequence;
    superseded.push(...this.strays.filter(isPassed));
    this.strays = this.strays.filter((path) => !isPassed(path));
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
    const manifest = await this.folder.readManifest(id);
    const byName = new Map(stores.map((store) => [store.name, store]));
    // In the order they were written: a section goes on where an earlier one of its segment ended.
    this.restoreLeftBytes = manifest.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    let loaded = 0;
    for await (const sections of loadAhead(manifest.blocks, (at) => this.load(at), LOADS)) {
      this.restoreLeftBytes -= manifest.blocks[loaded++]!.bytes;
      for (const section of sections) byName.get(section.store)?.restore(section);
    }
    for (const store of stores) this.checkLengths(store, manifest.stores[store.name] ?? []);
    for (const store of stores) store.committed();
    this.last = manifest;
    this.lastId = id;
    await this.sweep(manifest, id);
    return manifest.meta;
  }

  private checkLengths(store: Store, expected: readonly SegmentLength[]): void {
    const actual = JSON.stringify(store.live());
    if (actual === JSON.stringify(expected)) return;
    throw new TaskCorruptedError(
      `task ${this.folder.task}: store ${store.name} restored to ${actual.slice(0, 200)}, ` +
        `the checkpoint says ${JSON.stringify(expected).slice(0, 200)}`,
    );
  }

  /** Deletes what former owners left behind and nobody will ever read. */
  private async sweep(manifest: Manifest<Meta>, id: string): Promise<void> {
    const kept = this.folder.pathsOf(id, manifest);
    const others = (await this.folder.list())
      .map(({ path }) => path)
      .filter((path) => !kept.has(path));
    const isDead = (path: string) => sequenceOf(path) <= manifest.sequence;
    this.strays = others.filter((path) => sequenceOf(path) > manifest.sequence);
    for (const path of others.filter(isDead)) await this.objects.delete(path);
  }

  /** The checkpoint that is committed; null before the first. */
  get committedId(): string | null {
    return this.lastId;
  }

  /** Whether the store holds any manifest of this task. */
  async exists(): Promise<boolean> {
    return (await this.folder.manifestIds()).length > 0;
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
