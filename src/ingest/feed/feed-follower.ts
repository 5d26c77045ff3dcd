import assert from "node:assert/strict";
import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import type { Clock } from "../../record/clock.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import type { FeedFile } from "../../sources/feed-file.ts";
import type { PublishedSlices } from "../slice-index.ts";
import type { SlicePublisher } from "../slice-publisher.ts";
import type { FeedEvent } from "./feed-event.ts";
import { FeedLists } from "./feed-lists.ts";
import { FileShelf } from "./file-shelf.ts";
import type { ListedFile } from "./listed-file.ts";
import { type Action, nextAction } from "./next-action.ts";
import { type RetryPolicy, retryDelayMs } from "./retry.ts";
import { Sightings } from "./sightings.ts";
import {
  type FeedRules,
  filesToFetch,
  firstUnpublished,
  isWanted,
  lookRange,
  type Situation,
} from "./situation.ts";
import type { SliceFeed } from "./slice-feed.ts";

export interface FollowerOptions {
  readonly feed: SliceFeed;
  /** Opens the publisher, and opens it again when the log has failed. */
  readonly openPublisher: () => Promise<SlicePublisher>;
  readonly rules: FeedRules;
  /** The first slice to publish, unless the log has begun earlier; null: the feed decides. */
  readonly fromMs: number | null;
  readonly pollMs: number;
  /** Files fetched at a time, and bytes of rows that may wait besides those of the next slice. */
  readonly parallel: number;
  readonly aheadBytesMax: number;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Settles after so long, or when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent: (event: FeedEvent) => void;
}

/** Failures of the log in a row after which it is left to whoever runs the follower. */
const LOG_FAILURES_MAX = 5;
/** Failures of the feed in a row that end the publication of a range; without an end there are none. */
const FEED_FAILURES_MAX = 12;
const DAY_MS = 24 * 3_600_000;

/**
 * Follows a feed and publishes its slices, in time order, each whole and once. It keeps nothing: where
 * it stopped, what was missing and what was rejected is in `gdelt.slices`. What is to be done next
 * is decided by `nextAction`; here it is done.
 */
export class FeedFollower {
  readonly #options: FollowerOptions;
  readonly #shelf: FileShelf;
  readonly #lists: FeedLists;
  readonly #sightings = new Sightings();
  #publisher: SlicePublisher | null = null;
  #cursorMs: number | null = null;
  #logFailures = 0;
  #waitsFor = "";

  constructor(options: FollowerOptions) {
    const { lookEveryMs, rejectionsMax, toMs } = options.rules;
    this.#options = options;
    // A slice that has gone on without a file has time.
    const repairRetry = { firstMs: lookEveryMs, longestMs: Math.max(DAY_MS, lookEveryMs) };
    this.#shelf = new FileShelf({ ...options, rejectionsMax, repairRetry });
    this.#lists = new FeedLists({
      ...options,
      lookEveryMs,
      failuresMax: toMs === null ? Number.POSITIVE_INFINITY : FEED_FAILURES_MAX,
      onQuiet: (untilMs) => this.#shelf.keepQuiet(untilMs),
    });
  }

  /**
   * Runs until it is stopped, or the range is published. A slice whose publication has begun is
   * finished; files on their way are given up.
   * @throws ConfigError what the operator has to change. @throws RetriableError when the log, or for
   * a range the feed, fails again and again. @throws TaskMigratedError when another one follows.
   */
  async run(stop: AbortSignal): Promise<void> {
    try {
      while (!stop.aborted) {
        this.#publisher ??= await this.#openPublisher(stop);
        if (this.#publisher === null) continue;
        const now = this.#situation(this.#publisher);
        this.#shelf.want(filesToFetch(now));
        const action = nextAction(now);
        if (action.kind === "done") return;
        await this.#do(action, now, this.#publisher, stop);
      }
    } catch (error) {
      if (!stop.aborted || error !== stop.reason) throw error;
    } finally {
      await this.#shelf.close();
    }
  }

  #situation({ published }: SlicePublisher): Situation {
    const { rules, clock } = this.#options;
    this.#cursorMs ??= this.#firstSlice(published);
    if (this.#cursorMs !== null) this.#cursorMs = firstUnpublished(published, this.#cursorMs);
    return {
      nowMs: clock.nowMs(),
      rules,
      published,
      cursorMs: this.#cursorMs,
      sightings: this.#sightings,
      times: this.#lists.times,
      stateOf: (file) => this.#shelf.state(file),
    };
  }

  async #do(
    action: Exclude<Action, { kind: "done" }>,
    now: Situation,
    publisher: SlicePublisher,
    stop: AbortSignal,
  ): Promise<void> {
    switch (action.kind) {
      case "poll":
        return this.#poll(now, stop);
      case "look":
        return this.#look(now, stop);
      case "publish":
        return this.#publish(action, publisher, stop);
      case "skip":
        this.#emit({ kind: "skipped", from: stampOf(this.#cursorMs!), to: stampOf(action.toMs) });
        this.#cursorMs = action.toMs;
        return;
      case "wait":
        return this.#wait(action, now, stop);
    }
  }

  async #poll(now: Situation, stop: AbortSignal): Promise<void> {
    const files = await this.#lists.poll(stop);
    if (files === null) return;
    this.#cursorMs ??= await this.#options.feed.firstMs();
    const before = this.#sightings.newestMs;
    this.#show({ ...now, cursorMs: this.#cursorMs }, files);
    const { newestMs } = this.#sightings;
    if (newestMs > before) this.#emit({ kind: "shown", slice: stampOf(newestMs) });
  }

  async #look(now: Situation, stop: AbortSignal): Promise<void> {
    const range = lookRange(now);
    const newestMs = Math.max(this.#sightings.newestMs, range.fromMs);
    const wanted = (file: ListedFile) => isWanted(now, file);
    const listing = await this.#lists.look({ ...range, newestMs, wanted }, stop);
    if (listing === null) return;
    const { files, badLines } = listing;
    this.#show(now, files);
    this.#emit({ kind: "looked", files: files.length, badLines });
  }

  #show(now: Situation, files: readonly ListedFile[]): void {
    const shownMs = this.#options.clock.nowMs();
    this.#sightings.show(files, (file) => isWanted(now, file), shownMs);
  }

  async #publish(
    { sliceMs, files, absences }: Extract<Action, { kind: "publish" }>,
    publisher: SlicePublisher,
    stop: AbortSignal,
  ): Promise<void> {
    const stamp = stampOf(sliceMs);
    const names = new Map([...files].map(([feed, { name }]) => [feed, name]));
    const byName = new Map([...files.values()].map((file) => [file.name, file]));
    const read = async (name: string): Promise<FeedFile> => {
      const state = this.#shelf.state(byName.get(name)!);
      if (state.kind === "whole") return state.file;
      assert(state.kind === "rejected", `${name} is to be published, and is ${state.kind}`);
      throw state.error;
    };
    try {
      const slice = { sliceMs, stamp, files: names };
      const { closed } = await publisher.publish(slice, read, absences);
      this.#logFailures = 0;
      this.#emit({ kind: "published", slice: stamp, entries: closed });
    } catch (error) {
      // What the log has taken is unknown: the next publisher reads it.
      this.#publisher = null;
      return this.#logTrouble(error, stop);
    }
    const now = this.#situation(publisher);
    this.#sightings.keep((file) => isWanted(now, file));
    const again = [...files.values()].filter((file) => isWanted(now, file));
    const isRejected = (file: ListedFile) => this.#shelf.state(file).kind === "rejected";
    assert(again.every(isRejected), `${stamp} has been published, and would be again`);
  }

  /** Null when the log has failed and it is to be tried again. */
  async #openPublisher(stop: AbortSignal): Promise<SlicePublisher | null> {
    try {
      const publisher = await this.#options.openPublisher();
      this.#mustReach(publisher.published);
      return publisher;
    } catch (error) {
      await this.#logTrouble(error, stop);
      return null;
    }
  }

  async #logTrouble(error: unknown, stop: AbortSignal): Promise<void> {
    const { random, retry, sleep } = this.#options;
    if (!(error instanceof RetriableError)) throw error;
    const failures = ++this.#logFailures;
    if (failures >= LOG_FAILURES_MAX) throw error;
    const retryMs = retryDelayMs(retry, failures, random, null);
    this.#emit({ kind: "log_trouble", problem: error.message, retryMs });
    await sleep(retryMs, stop);
  }

  /** Until the time has come, a file has come, or it is to stop. */
  async #wait(
    { untilMs, lacking }: Extract<Action, { kind: "wait" }>,
    now: Situation,
    stop: AbortSignal,
  ): Promise<void> {
    const { sleep } = this.#options;
    const { cursorMs, sightings } = now;
    const isShown = cursorMs !== null && cursorMs <= sightings.newestMs;
    // What is on its way is here soon, or has failed.
    if (isShown && lacking.size > 0 && lacking.values().every((lack) => lack !== "awaited")) {
      const waiting = { slice: stampOf(cursorMs), lacking: Object.fromEntries(lacking) };
      const waitsFor = JSON.stringify(waiting);
      if (waitsFor !== this.#waitsFor) this.#emit({ kind: "waiting", ...waiting });
      this.#waitsFor = waitsFor;
    }
    const waking = new AbortController();
    const wake = () => waking.abort();
    stop.addEventListener("abort", wake, { once: true });
    try {
      await Promise.race([sleep(untilMs - now.nowMs, waking.signal), this.#shelf.change]);
    } finally {
      stop.removeEventListener("abort", wake);
      wake();
    }
  }

  /** Where to begin in a log that has slices, or at which one in an empty log; null: not said. */
  #firstSlice({ newestMs }: PublishedSlices): number | null {
    const { fromMs } = this.#options;
    if (!Number.isFinite(newestMs)) return fromMs;
    const { retentionMs } = this.#options.rules;
    const oldestMs = Math.ceil((newestMs - retentionMs) / SLICE_MS) * SLICE_MS;
    const nextMs = Math.floor(newestMs / SLICE_MS) * SLICE_MS + SLICE_MS;
    return fromMs === null ? nextMs : Math.max(Math.min(fromMs, nextMs), oldestMs);
  }

  /** @throws ConfigError when the log has gone on too far for the range to be published. */
  #mustReach(published: PublishedSlices): void {
    const { fromMs } = this.#options;
    if (fromMs === null || !published.isTooOld(fromMs)) return;
    if (published.oldestMs <= fromMs) return;
    throw new ConfigError(
      `${stampOf(fromMs)} is too old for this log, which has ${stampOf(published.newestMs)} ` +
        "and keeps nothing to join it with: begin later, or publish into an empty log",
    );
  }

  #emit(event: FeedEvent): void {
    this.#options.onEvent(event);
  }
}
