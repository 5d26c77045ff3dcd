import assert from "node:assert/strict";
import { RetriableError } from "../../record/errors.ts";
import { Turns } from "../../record/turns.ts";
import type { FileSystem } from "./file-system.ts";
import {
  bodyOf,
  type Frame,
  type FrameHeader,
  isWhole,
  type Place,
  readHeader,
  sealFrame,
} from "./frame.ts";
import { type Commit, emptyCommit, encodeCommit, type JournalState } from "./journal-state.ts";
import { createSegment, damaged, type Segment, segmentPath } from "./segment.ts";

export interface JournalOptions {
  readonly files: FileSystem;
  readonly folder: string;
  /** A segment is closed before it grows beyond this; a larger frame has one of its own. */
  readonly segmentBytes: number;
}

/** What recovery has found: the segments in order, the last of them to be written on. */
export interface OpenJournal {
  readonly state: JournalState;
  readonly segments: readonly Segment[];
}

/**
 * The frames of all topics, one after the other in segment files, so that a commit costs one sync.
 * Rows are written as they come; a commit frame lists those that count and says at which offsets.
 * A segment gets a successor only when all of it is on the disk, and begins with a snapshot of the
 * state: so only the last one can be torn, and earlier ones can be deleted.
 *
 * `append`, `commit` and what calls them take turns: one caller at a time. `sync` may overlap.
 */
export class Journal {
  readonly state: JournalState;
  readonly #options: JournalOptions;
  readonly #segments: Map<number, Segment>;
  #active: Segment;
  /** Bytes of the active segment that are on the disk. */
  #durableTo: number;
  #writtenCommits = 0;
  #visibleCommits = 0;
  /** Written, and not yet known to be on the disk; as long as the commits under way. */
  #invisible: { readonly commit: Commit; readonly listedIn: number }[] = [];
  readonly #syncs = new Turns();
  #syncing: Promise<void> | null = null;
  #failure: Error | null = null;

  constructor(options: JournalOptions, { state, segments }: OpenJournal) {
    this.#options = options;
    this.state = state;
    this.#segments = new Map(segments.map((segment) => [segment.id, segment]));
    this.#active = segments.at(-1)!;
    this.#durableTo = this.#active.bytes;
  }

  get segments(): Iterable<Segment> {
    return this.#segments.values();
  }

  get segmentBytes(): number {
    return this.#options.segmentBytes;
  }

  /** The segment that is written now. */
  get activeId(): number {
    return this.#active.id;
  }

  async append(frame: Frame): Promise<Place> {
    if (!this.#fits(frame)) await this.#roll();
    return this.#put(frame);
  }

  /** Writes a commit frame. Returns its number, for `durable`. */
  async commit(commit: Commit): Promise<number> {
    const encode = () => encodeCommit({ ...commit, durableTo: this.#durableTo });
    let frame = encode();
    if (!this.#fits(frame)) {
      await this.#roll();
      frame = encode();
    }
    const { segment } = await this.#put(frame);
    this.#invisible.push({ commit, listedIn: segment });
    return ++this.#writtenCommits;
  }

  /** Waits until a commit is on the disk and visible; commits that wait together share a sync. */
  async durable(commit: number): Promise<void> {
    while (this.#visibleCommits < commit) {
      this.#syncing ??= this.sync().finally(() => {
        this.#syncing = null;
      });
      await this.#syncing;
    }
  }

  /** Makes what is written visible, although a loss of power may still take it away. */
  makeVisible(upTo = this.#writtenCommits): void {
    while (this.#visibleCommits < upTo) {
      const { commit, listedIn } = this.#invisible.shift()!;
      this.state.apply(commit, listedIn);
      this.#visibleCommits++;
    }
  }

  /** Everything written before is on the disk, and its commits are visible. */
  sync(): Promise<void> {
    // The system reports a page that it could not write to one sync only: of two at a time, the
    // other would succeed.
    return this.#syncs.take(() => this.#syncOnce());
  }

  async #syncOnce(): Promise<void> {
    this.#mustWork();
    const active = this.#active;
    const { bytes } = active;
    const written = this.#writtenCommits;
    try {
      await active.file.sync();
    } catch (cause) {
      // The system may have dropped the pages that it could not write: they cannot be tried again.
      throw this.#fail(cause, `${active.path} could not be synced`);
    }
    if (active === this.#active) this.#durableTo = bytes;
    this.makeVisible(written);
  }

  /** @throws ConfigError when the frame is not what was written. */
  async read(place: Place): Promise<{ frame: Uint8Array<ArrayBuffer>; header: FrameHeader }> {
    const { path, file } = this.#segments.get(place.segment)!;
    const frame = new Uint8Array(Buffer.allocUnsafeSlow(place.bytes).buffer);
    let filled: number;
    try {
      filled = await file.read(frame, place.position);
    } catch (cause) {
      throw new RetriableError(`${path} could not be read at byte ${place.position}`, { cause });
    }
    const header = filled === place.bytes ? readHeader(frame, place) : null;
    if (!header || !isWhole(bodyOf(frame, header), header)) throw damaged(path, place.position);
    return { frame, header };
  }

  /** Deletes a segment which nothing points to any more, on the disk either. */
  async delete({ id, path, file }: Segment): Promise<void> {
    assert.notEqual(id, this.#active.id, "the active segment is never deleted");
    await this.#options.files.unlink(path);
    this.#segments.delete(id);
    await file.close();
  }

  async close(): Promise<void> {
    try {
      if (!this.#failure && this.#writtenCommits > 0) {
        await this.sync();
        // Says that all before it is on the disk: damage at rest is then told from a torn write.
        await this.commit(emptyCommit);
        await this.sync();
      }
    } finally {
      for (const { file } of this.#segments.values()) await file.close();
    }
  }

  #fits({ bytes }: Frame): boolean {
    const active = this.#active;
    const empty = active.bytes === active.headBytes;
    return empty || active.bytes + bytes <= this.#options.segmentBytes;
  }

  async #put(frame: Frame): Promise<Place> {
    this.#mustWork();
    const active = this.#active;
    const place = { segment: active.id, position: active.bytes, bytes: frame.bytes };
    sealFrame(frame, place);
    try {
      await active.file.write(frame.parts, place.position);
    } catch (cause) {
      await this.#undoWrite(cause);
      throw new RetriableError(`${active.path} could not be written`, { cause });
    }
    active.bytes += frame.bytes;
    return place;
  }

  /** What a failed write has left must not be found by a recovery, behind a frame of that size. */
  async #undoWrite(reason: unknown): Promise<void> {
    try {
      await this.#active.file.truncate(this.#active.bytes);
    } catch {
      throw this.#fail(reason, `${this.#active.path} could neither be written nor truncated`);
    }
  }

  async #roll(): Promise<void> {
    await this.sync();
    const { files, folder } = this.#options;
    const id = this.#active.id + 1;
    try {
      const next = await createSegment(files, folder, id, this.state.snapshot());
      this.#segments.set(id, next);
      this.#active = next;
      this.#durableTo = next.bytes;
    } catch (cause) {
      await this.#undoRoll(segmentPath(folder, id), cause);
      throw new RetriableError(`${segmentPath(folder, id)} could not be created`, { cause });
    }
  }

  /** A recovery would take a segment that was given up for the newest. */
  async #undoRoll(path: string, reason: unknown): Promise<void> {
    const { files, folder } = this.#options;
    try {
      await files.unlink(path);
      await files.syncFolder(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw this.#fail(reason, `${path} could neither be created nor removed`);
    }
  }

  #fail(cause: unknown, what: string): Error {
    this.#failure ??= new RetriableError(`${what}: close the log and open it again`, { cause });
    return this.#failure;
  }

  #mustWork(): void {
    if (this.#failure) throw this.#failure;
  }
}
