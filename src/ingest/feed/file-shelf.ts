import type { Clock } from "../../record/clock.ts";
import type { FeedFile, FeedFileError } from "../../sources/feed-file.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { ListedFile } from "./listed-file.ts";
import { type RetryPolicy, retryDelayMs } from "./retry.ts";
import { FeedTrouble, type Fetched, type SliceFeed } from "./slice-feed.ts";

/** A file that could not be had so far. */
export interface Trouble {
  readonly tries: number;
  /** Tries of which something came that is not what the list says. */
  readonly rejections: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** When it is tried again. */
  readonly dueMs: number;
}

export type FileState =
  /** On its way, or waiting for its turn. */
  | { readonly kind: "awaited" }
  | { readonly kind: "whole"; readonly file: FeedFile }
  | {
      readonly kind: "rejected";
      readonly error: FeedFileError;
      /** It will not get better until its list changes. */
      readonly settled: boolean;
      readonly trouble: Trouble;
    }
  | { readonly kind: "not_there" | "unavailable"; readonly trouble: Trouble };

/** Files to be fetched, in the order in which they are needed. */
export interface WantedFiles {
  /** Of the slice that is to be published next: these are fetched whatever room there is. */
  readonly next: readonly ListedFile[];
  /** Of slices published without them: tried with more patience. */
  readonly repairs: readonly ListedFile[];
  readonly ahead: readonly ListedFile[];
}

export interface ShelfOptions {
  readonly feed: SliceFeed;
  readonly clock: Clock;
  readonly random: () => number;
  /** Files fetched at a time. */
  readonly parallel: number;
  /** Bytes of rows that wait here, besides those of the next slice. */
  readonly aheadBytesMax: number;
  readonly retry: RetryPolicy;
  /** Rejections after which a file is not tried again before its slice has been published. */
  readonly rejectionsMax: number;
  readonly repairRetry: RetryPolicy;
  readonly onEvent: (event: FeedEvent) => void;
}

/** A zip's content is so much larger, about; it counts until the content is there. */
const UNPACKED_SHARE = 4;

interface Shelved {
  readonly listed: ListedFile;
  state: FileState;
  isUnderway: boolean;
  isRepair: boolean;
}

const AWAITED: FileState = { kind: "awaited" };

/**
 * Files on their way here, and those that have come and wait to be published. Several are fetched at
 * a time, within a bound of bytes; what fails is tried again after a while, ever more seldom.
 */
export class FileShelf {
  readonly #options: ShelfOptions;
  readonly #files = new Map<string, Shelved>();
  readonly #stop = new AbortController();
  readonly #underway = new Set<Promise<void>>();
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #change = Promise.withResolvers<void>();
  #bug: { readonly cause: unknown } | null = null;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** Settles when a file has come, or has failed. */
  get change(): Promise<void> {
    return this.#change.promise;
  }

  state(file: ListedFile): FileState {
    const shelved = this.#files.get(keyOf(file));
    return shelved === undefined || shelved.isUnderway ? AWAITED : shelved.state;
  }

  /** Begins with nothing new before that time: the server has asked for it. */
  keepQuiet(untilMs: number): void {
    this.#quietUntilMs = Math.max(this.#quietUntilMs, untilMs);
  }

  /** Fetches these, as far as there is room, and drops all others. */
  want({ next, repairs, ahead }: WantedFiles): void {
    if (this.#bug) throw this.#bug.cause;
    const wanted = new Map<string, Shelved>();
    for (const file of next) wanted.set(keyOf(file), this.#shelved(file, false));
    for (const file of repairs) wanted.set(keyOf(file), this.#shelved(file, true));
    for (const file of ahead) wanted.set(keyOf(file), this.#shelved(file, false));
    for (const [key, { isUnderway }] of this.#files) {
      // What is underway takes room until it is here.
      if (!wanted.has(key) && !isUnderway) this.#files.delete(key);
    }
    const needed = new Set(next.map(keyOf));
    let aheadBytes = 0;
    for (const [key, shelved] of this.#files) {
      if (!needed.has(key)) aheadBytes += bytesOf(shelved);
    }
    for (const [key, shelved] of wanted) {
      this.#files.set(key, shelved);
      if (!this.#isDue(shelved) || this.#underway.size >= this.#options.parallel) continue;
      if (!needed.has(key)) aheadBytes += shelved.listed.bytes * UNPACKED_SHARE;
      // Counted all the same: what is needed later must not take the room of what does not fit.
      const fits = needed.has(key) || aheadBytes <= this.#options.aheadBytesMax;
      if (fits) this.#begin(shelved);
    }
  }

  /** Breaks off what is underway. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#underway);
  }

  #shelved(listed: ListedFile, isRepair: boolean): Shelved {
    const known = this.#files.get(keyOf(listed));
    if (known === undefined) return { listed, state: AWAITED, isUnderway: false, isRepair };
    if (isRepair && !known.isRepair) this.#makePatient(known);
    return known;
  }

  /** The slice has been published without it: that counts as the first failure of its repair. */
  #makePatient(shelved: Shelved): void {
    shelved.isRepair = true;
    if (!("trouble" in shelved.state)) return;
    const nowMs = this.#options.clock.nowMs();
    const { kind, trouble } = shelved.state;
    const delayMs = this.#delayMs(shelved, 1, null);
    // A repair is not rejected, so there is nothing to keep of what came.
    shelved.state = {
      kind: kind === "rejected" ? "unavailable" : kind,
      trouble: { ...trouble, tries: 1, rejections: 0, dueMs: nowMs + delayMs },
    };
  }

  #isDue({ state, isUnderway }: Shelved): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (isUnderway || state.kind === "whole" || nowMs < this.#quietUntilMs) return false;
    if (state.kind === "awaited") return true;
    return !this.#isGivenUp(state) && state.trouble.dueMs <= nowMs;
  }

  #isGivenUp(state: FileState): boolean {
    if (state.kind !== "rejected") return false;
    return state.settled || state.trouble.rejections >= this.#options.rejectionsMax;
  }

  #begin(shelved: Shelved): void {
    shelved.isUnderway = true;
    const fetching = this.#fetch(shelved).then((state) => {
      shelved.state = state;
    });
    const over = fetching
      .catch((cause: unknown) => {
        if (!this.#stop.signal.aborted) this.#bug = { cause };
      })
      .then(() => {
        shelved.isUnderway = false;
        this.#underway.delete(over);
        this.#change.resolve();
        this.#change = Promise.withResolvers();
      });
    this.#underway.add(over);
  }

  async #fetch(shelved: Shelved): Promise<FileState> {
    const { feed, onEvent } = this.#options;
    const { listed, state } = shelved;
    const before = "trouble" in state ? state.trouble : null;
    const file = listed.name;
    let fetched: Fetched;
    try {
      fetched = await feed.fetch(listed, this.#stop.signal);
    } catch (error) {
      if (!(error instanceof FeedTrouble)) throw error;
      const { retryAfterMs, message } = error;
      const trouble = this.#trouble(shelved, before, retryAfterMs, "unavailable");
      if (retryAfterMs !== null) this.keepQuiet(trouble.dueMs);
      onEvent({ kind: "file_trouble", file, outcome: "unavailable", problem: message, trouble });
      return { kind: "unavailable", trouble };
    }
    if (fetched.kind === "whole") {
      onEvent({ kind: "fetched", file, bytes: fetched.file.fileBytes });
      return fetched;
    }
    const trouble = this.#trouble(shelved, before, null, fetched.kind);
    if (fetched.kind === "not_there") {
      const problem = `${file}: is listed, and not there`;
      onEvent({ kind: "file_trouble", file, outcome: "listed_404", problem, trouble });
      return { kind: "not_there", trouble };
    }
    const { error } = fetched;
    const { reason, message } = error;
    onEvent({ kind: "file_trouble", file, outcome: reason, problem: message, trouble });
    if (shelved.isRepair && !fetched.settled) return { kind: "unavailable", trouble };
    return { ...fetched, trouble };
  }

  #trouble(
    shelved: Shelved,
    before: Trouble | null,
    retryAfterMs: number | null,
    kind: FileState["kind"],
  ): Trouble {
    const lastMs = this.#options.clock.nowMs();
    const tries = (before?.tries ?? 0) + 1;
    const rejections = (before?.rejections ?? 0) + (kind === "rejected" ? 1 : 0);
    const dueMs = lastMs + this.#delayMs(shelved, tries, retryAfterMs);
    return { tries, rejections, firstMs: before?.firstMs ?? lastMs, lastMs, dueMs };
  }

  #delayMs({ isRepair }: Shelved, tries: number, retryAfterMs: number | null): number {
    const { retry, repairRetry, random } = this.#options;
    return retryDelayMs(isRepair ? repairRetry : retry, tries, random, retryAfterMs);
  }
}

const keyOf = ({ name, checksum }: ListedFile): string => `${name} ${checksum}`;

function bytesOf({ state, listed, isUnderway }: Shelved): number {
  if (isUnderway) return listed.bytes * UNPACKED_SHARE;
  return state.kind === "whole" ? state.file.bytes.length : 0;
}
