import { RetriableError, TaskCorruptedError } from "../record/errors.ts";
import { partitionName, type TopicPartition } from "../record/record-batch.ts";
import type { CachedObjectStore } from "../state/cached-object-store.ts";
import {
  type BlockInfo,
  CheckpointFolder,
  type Manifest,
  sequenceOf,
  taskFolder,
} from "../state/checkpoint-folder.ts";
import { loadAhead } from "../state/load-ahead.ts";
import { NO_CHECKPOINT } from "./task-checkpoint.ts";
import type { RuntimeConfig } from "./task-config.ts";
import type { PlannedTask } from "./task-plan.ts";

/** Blocks that pass through memory on their way to the disk; a larger one goes alone. */
const FETCHES = {
  bytesOf: ({ bytes }: BlockInfo) => bytes,
  bytesMax: 32 * 1024 * 1024,
  itemsMax: 4,
};

type StandbyConfig = Pick<RuntimeConfig, "applicationId" | "generation" | "log" | "clock">;

export interface StandbyOptions {
  readonly copies: CachedObjectStore;
  /** How often the committed offsets are asked for. */
  readonly intervalMs: number;
}

/** How far behind the last checkpoint that was seen; a takeover would have to fetch as much. */
export interface StandbyProgress {
  /** Number of the newest checkpoint of which everything lies here; 0: of none. */
  readonly sequence: number;
  readonly blocksBehind: number;
  readonly bytesBehind: number;
  /** Of what the last attempt has failed; null: of nothing. */
  readonly failure: unknown;
}

/**
 * Holds the state of a task that runs in another process ready on the local disk: follows the
 * checkpoints that are committed with its offsets, and fetches what is new in them. It owns nothing,
 * writes nothing to the log or the store, and holds no state in memory. Whoever takes the task over
 * here finds the blocks by themselves, since it reads through the same copies.
 *
 * The owner may delete at any time what is read here; then the next checkpoint is tried.
 */
export class StandbyTask {
  readonly id: string;
  private readonly config: StandbyConfig;
  private readonly copies: CachedObjectStore;
  private readonly intervalMs: number;
  private readonly inputs: readonly TopicPartition[];
  /** The objects as they are, and as they are here. */
  private readonly remote: CheckpointFolder<unknown>;
  private readonly local: CheckpointFolder<unknown>;
  private readonly path: string;
  private dueMs = Number.NEGATIVE_INFINITY;
  private isClosed = false;
  /** Read last: mostly nothing has been committed since. */
  private seen: { readonly id: string; readonly manifest: Manifest<unknown> } | null = null;
  progress: StandbyProgress = { sequence: 0, blocksBehind: 0, bytesBehind: 0, failure: null };

  constructor(
    config: StandbyConfig,
    { id, subTopology, partition }: PlannedTask,
    { copies, intervalMs }: StandbyOptions,
  ) {
    this.id = id;
    this.config = config;
    this.copies = copies;
    this.intervalMs = intervalMs;
    this.inputs = subTopology.nodes.flatMap((node) =>
      node.kind === "source" ? [{ topic: node.topic, partition }] : [],
    );
    this.path = taskFolder(config.applicationId, config.generation, id);
    this.remote = new CheckpointFolder(copies.remote, this.path, id);
    this.local = new CheckpointFolder(copies, this.path, id);
  }

  /**
   * Catches up with the last commit, when that is due; false when it was not. Takes as long as the
   * blocks do: to be called beside the tasks, and not again before it is through. What may go by
   * itself is in `progress.failure` and tried again after the interval.
   */
  async step(): Promise<boolean> {
    const nowMs = this.config.clock.nowMs();
    if (this.isClosed || nowMs < this.dueMs) return false;
    this.dueMs = nowMs + this.intervalMs;
    try {
      await this.catchUp();
      this.progress = { ...this.progress, failure: null };
    } catch (failure) {
      const mayGo = failure instanceof RetriableError || failure instanceof TaskCorruptedError;
      if (!mayGo) throw failure;
      this.progress = { ...this.progress, failure };
    }
    return true;
  }

  private async catchUp(): Promise<void> {
    const id = await this.committedId();
    if (id === null) return;
    if (this.seen?.id !== id) {
      // Not from the copies, nor into them: there a manifest tells that all its blocks are there too.
      this.seen = { id, manifest: await this.remote.readManifest(id) };
    }
    const { manifest } = this.seen;
    const missing = manifest.blocks.filter(({ path }) => !this.copies.holds(path));
    const { sequence } = this.progress;
    this.behind(sequence, missing);
    let fetched = 0;
    for await (const _ of loadAhead(missing, (block) => this.fetch(block), FETCHES)) {
      if (this.isClosed) return;
      this.behind(sequence, missing.slice(++fetched));
    }
    await this.local.readManifest(id);
    this.behind(manifest.sequence, []);
    await this.forgetOld(id, manifest);
  }

  /** What does not pass is not kept: it may have been damaged on the way. */
  private async fetch(block: BlockInfo): Promise<void> {
    if (this.isClosed) return;
    try {
      await this.local.readBlock(block);
    } catch (cause) {
      if (cause instanceof TaskCorruptedError) await this.copies.forget(block.path);
      throw cause;
    }
  }

  /** Null while there is none, or while the inputs do not agree: one may have been read before a commit. */
  private async committedId(): Promise<string | null> {
    const { log, applicationId, generation } = this.config;
    const committed = await log.committed(`${applicationId}-${generation}`, this.inputs);
    const ids = this.inputs.map((input) => committed.get(partitionName(input))?.metadata);
    const [id] = ids;
    if (id === undefined || id === NO_CHECKPOINT || ids.some((other) => other !== id)) return null;
    return id;
  }

  private behind(sequence: number, missing: readonly BlockInfo[]): void {
    const bytesBehind = missing.reduce((sum, { bytes }) => sum + bytes, 0);
    this.progress = { ...this.progress, sequence, blocksBehind: missing.length, bytesBehind };
  }

  /** The owner deletes in the store what is no longer listed; the copies here are ours to delete. */
  private async forgetOld(id: string, manifest: Manifest<unknown>): Promise<void> {
    const kept = this.local.pathsOf(id, manifest);
    for (const path of [...this.copies.copies()]) {
      const isOld = path.startsWith(`${this.path}/`) && sequenceOf(path) <= manifest.sequence;
      if (isOld && !kept.has(path)) await this.copies.forget(path);
    }
  }

  /** Ends what is under way at the next block. The copies stay, for a takeover or another time. */
  close(): void {
    this.isClosed = true;
  }
}
