import { crc32 } from "node:zlib";
import { TaskCorruptedError } from "../record/errors.ts";
import { blockName, decodeBlock } from "./checkpoint-block.ts";
import type { ObjectInfo, ObjectStore } from "./object-store.ts";
import type { Section, SegmentLength } from "./store.ts";

/** A block as the manifest lists it: enough to fetch and to check it. */
export interface BlockInfo {
  readonly path: string;
  readonly bytes: number;
  /** How many levels of merging it has been through. */
  readonly tier: number;
  /** The segments of each store of which it holds sections. */
  readonly holds: Readonly<Record<string, readonly number[]>>;
}

/** Everything a task needs to go on: which blocks are its state, and what it knew beside them. */
export interface Manifest<Meta> {
  readonly formatVersion: 1;
  readonly task: string;
  readonly sequence: number;
  readonly blocks: readonly BlockInfo[];
  readonly stores: Readonly<Record<string, readonly SegmentLength[]>>;
  readonly meta: Meta;
}

/** Where the checkpoints of a task lie. */
export const taskFolder = (applicationId: string, generation: number, task: string): string =>
  `${applicationId}/${generation}/${task}`;

/** Number of the commit for which an object was written; NaN when it is none of a checkpoint's. */
export function sequenceOf(path: string): number {
  return Number(/\/(?:blocks|manifests)\/(\d+)-[^/]*$/.exec(path)?.[1] ?? Number.NaN);
}

const crcOf = (body: Uint8Array): string => crc32(body).toString(16).padStart(8, "0");

/** The checkpoints of one task: where its objects lie, and how they are read and checked. */
export class CheckpointFolder<Meta> {
  readonly task: string;
  private readonly objects: ObjectStore;
  private readonly path: string;

  /** `path` is the task's own, e.g. `my-app/1/0_3`. */
  constructor(objects: ObjectStore, path: string, task: string) {
    this.objects = objects;
    this.path = path;
    this.task = task;
  }

  manifestPath(id: string): string {
    return `${this.path}/manifests/${id}.json`;
  }

  blockPath(sequence: number, tier: number, block: Uint8Array): string {
    return `${this.path}/blocks/${sequence}-${tier}-${blockName(block)}`;
  }

  /** The id under which a manifest is stored and committed, and its bytes. */
  encodeManifest(manifest: Manifest<Meta>): { readonly id: string; readonly body: Uint8Array } {
    const body = Buffer.from(JSON.stringify(manifest));
    return { id: `${manifest.sequence}-${crcOf(body)}`, body };
  }

  /** What a manifest needs: itself and its blocks. */
  pathsOf(id: string, { blocks }: Manifest<Meta>): ReadonlySet<string> {
    return new Set([this.manifestPath(id), ...blocks.map(({ path }) => path)]);
  }

  /** Everything that lies in the folder. */
  async list(): Promise<readonly ObjectInfo[]> {
    return await this.objects.list(`${this.path}/`);
  }

  /** Ids of all manifests in the folder, in the order in which they were written. */
  async manifestIds(): Promise<readonly string[]> {
    const objects = await this.objects.list(`${this.path}/manifests/`);
    return objects
      .map(({ path }) => path)
      .filter((path) => path.endsWith(".json") && !Number.isNaN(sequenceOf(path)))
      .sort((a, b) => sequenceOf(a) - sequenceOf(b))
      .map((path) => path.slice(path.lastIndexOf("/") + 1, -".json".length));
  }

  /** @throws TaskCorruptedError when it is missing, damaged or of another task. */
  async readManifest(id: string): Promise<Manifest<Meta>> {
    const path = this.manifestPath(id);
    const body = await this.objects.get(path);
    if (body === null) {
      throw new TaskCorruptedError(
        `task ${this.task}: the committed offsets name checkpoint ${id}, but there is no ${path}: ` +
          "point the application at the checkpoint store it ran with, or reset it",
      );
    }
    const text = Buffer.from(body).toString("utf8");
    const manifest = id.endsWith(crcOf(body)) ? (JSON.parse(text) as Manifest<Meta>) : null;
    if (manifest?.task !== this.task || manifest.formatVersion !== 1) {
      throw new TaskCorruptedError(`task ${this.task}: ${path} is damaged or of another task`);
    }
    return manifest;
  }

  /** All sections of a block. @throws TaskCorruptedError when it is missing or damaged. */
  async readBlock(info: BlockInfo): Promise<Section[]> {
    return decodeBlock(info.path, await this.readBytes(info));
  }

  /** Copies a checkpoint with its blocks into a folder of another store; its id there. */
  async copyTo(id: string, target: ObjectStore, path: string): Promise<string> {
    const manifest = await this.readManifest(id);
    const blocks: BlockInfo[] = [];
    for (const info of manifest.blocks) {
      const bytes = await this.readBytes(info);
      // Whoever keeps a copy wants to know now whether it is whole.
      decodeBlock(info.path, bytes);
      const copied = `${path}/blocks/${info.path.slice(info.path.lastIndexOf("/") + 1)}`;
      await target.put(copied, bytes);
      blocks.push({ ...info, path: copied });
    }
    const to = new CheckpointFolder<Meta>(target, path, this.task);
    const copy = to.encodeManifest({ ...manifest, blocks });
    await target.put(to.manifestPath(copy.id), copy.body);
    return copy.id;
  }

  private async readBytes({ path, bytes }: BlockInfo): Promise<Uint8Array> {
    const block = await this.objects.get(path);
    if (block === null || block.length !== bytes) {
      throw new TaskCorruptedError(
        `task ${this.task}: checkpoint block ${path} ` +
          (block === null ? "is missing" : `has ${block.length} bytes, expected ${bytes}`),
      );
    }
    return block;
  }
}
