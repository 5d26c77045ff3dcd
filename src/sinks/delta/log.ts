import { ConfigError, RetriableError, TaskCorruptedError } from "../../record/errors.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { type Action, decodeCommit } from "./actions.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { type CheckpointAt, type LogListing, readListing } from "./log-listing.ts";
import { Snapshot } from "./snapshot.ts";

const digits = (version: number): string => version.toString().padStart(20, "0");

/** Most commits fetched at once when catching up. */
const FETCHED_MAX = 16;

/** The `_delta_log` of one table in an object store. */
export class DeltaLog {
  readonly store: ObjectStore;
  /** The table's folder, without a slash at the end; "" is the store itself. */
  readonly root: string;

  constructor(store: ObjectStore, root: string) {
    this.store = store;
    this.root = root;
  }

  /** Path of something in the table's folder. */
  path(name: string): string {
    return this.root === "" ? name : `${this.root}/${name}`;
  }

  commitPath(version: number): string {
    return this.path(`_delta_log/${digits(version)}.json`);
  }

  get lastCheckpointPath(): string {
    return this.path("_delta_log/_last_checkpoint");
  }

  checkpointPaths(version: number, parts: number | null): string[] {
    const stem = this.path(`_delta_log/${digits(version)}.checkpoint`);
    if (parts === null) return [`${stem}.parquet`];
    const part = (n: number) => n.toString().padStart(10, "0");
    return Array.from({ length: parts }, (_, i) => `${stem}.${part(i + 1)}.${part(parts)}.parquet`);
  }

  /** The actions of a commit, or null when there is none of that version. */
  async commit(version: number): Promise<Action[] | null> {
    const path = this.commitPath(version);
    const bytes = await this.store.get(path);
    return bytes === null ? null : decodeCommit(bytes, path);
  }

  /** The table as it is now, or null when there is none. */
  async load(): Promise<Snapshot | null> {
    const snapshot = new Snapshot(this.root);
    const last = await this.lastCheckpoint();
    if (last === null || !(await this.checkpointInto(snapshot, last))) {
      // A log without the pointer is young, or the pointer was lost: then the listing decides. So
      // too when a slow writer's old pointer came after the clean-up of what it points at.
      const start = await this.listedStart();
      if (start === null) return null;
      if (start !== "first commit" && !(await this.checkpointInto(snapshot, start))) {
        throw new RetriableError(`checkpoint ${start.version} of table ${this.root} is gone`);
      }
    }
    await this.advance(snapshot);
    return snapshot;
  }

  /** Applies every commit that came after the snapshot. */
  async advance(snapshot: Snapshot): Promise<void> {
    for (let window = 1; ; window = Math.min(window * 2, FETCHED_MAX)) {
      const from = snapshot.version + 1;
      const commits = await Promise.all(
        Array.from({ length: window }, (_, i) => this.commit(from + i)),
      );
      for (const [i, actions] of commits.entries()) {
        // A later one may have been written since this one was found missing: it waits.
        if (actions === null) return;
        snapshot.apply(from + i, actions);
      }
    }
  }

  async lastCheckpoint(): Promise<CheckpointAt | null> {
    const bytes = await this.store.get(this.lastCheckpointPath);
    if (bytes === null) return null;
    let last: { version: number; parts?: number | null; v2Checkpoint?: unknown };
    try {
      last = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      // It is only a hint, and not every store replaces it atomically.
      return null;
    }
    if (last.v2Checkpoint === undefined)
      return { version: last.version, parts: last.parts ?? null };
    throw new ConfigError(
      `table ${this.root} has V2 checkpoints, which this reader does not know; set its property ` +
        "delta.checkpointPolicy to classic",
    );
  }

  /** Begins the snapshot with a checkpoint; false when a part of that is not there. */
  async checkpointInto(snapshot: Snapshot, { version, parts }: CheckpointAt): Promise<boolean> {
    const actions: Action[] = [];
    for (const path of this.checkpointPaths(version, parts)) {
      const bytes = await this.store.get(path);
      if (bytes === null) return false;
      for (const action of await readCheckpoint(bytes, path)) actions.push(action);
    }
    snapshot.apply(version, actions);
    return true;
  }

  /** What is there, file by file: for those who look at more than the table as it is now. */
  async listing(): Promise<LogListing> {
    return readListing(await this.store.list(this.path("_delta_log/")));
  }

  /** Whether there is a table. */
  async exists(): Promise<boolean> {
    for (const path of [this.lastCheckpointPath, this.commitPath(0)]) {
      if ((await this.store.get(path)) !== null) return true;
    }
    return (await this.listedStart()) !== null;
  }

  /** The newest checkpoint that is whole, else the first commit; null where there is no log. */
  private async listedStart(): Promise<CheckpointAt | "first commit" | null> {
    const { commits, checkpoints } = await this.listing();
    const newest = checkpoints.at(-1);
    if (newest !== undefined) return newest;
    if (commits.length === 0) return null;
    if (commits[0]!.version === 0) return "first commit";
    throw new TaskCorruptedError(
      `table ${this.root} has ${commits.length} commits but neither the first one nor a checkpoint`,
    );
  }
}
