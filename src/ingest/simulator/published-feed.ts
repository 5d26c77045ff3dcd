import { isDeepStrictEqual } from "node:util";
import {
  ENGLISH_FEEDS,
  type Feed,
  feedNamed,
  parseSliceFileName,
  parseStamp,
  SLICE_MS,
  sliceFileName,
  stampOf,
  TRANSLATION_FEEDS,
} from "../../gdelt/feeds.ts";
import { ConfigError } from "../../record/errors.ts";
import type { StreamSpec } from "../slice-generator/generate-slices.ts";
import { type FaultSpec, type FileFault, faultPlan, SLICES_LATER_MAX } from "./fault-plan.ts";
import {
  changedAt,
  type FirstAnswer,
  firstAnswer,
  type ListedAs,
  listedAt,
  servedAt,
} from "./file-course.ts";
import { FileLists, type ListName, type Publication } from "./file-lists.ts";
import type { ListFolder } from "./list-folder.ts";
import { type Content, contentOf, SliceZips } from "./slice-zips.ts";

export interface FeedSpec {
  readonly stream: StreamSpec;
  readonly faults: FaultSpec;
  /** Both streams instead of the English one alone. */
  readonly translation: boolean;
}

/** A file that is there. */
export interface PublishedFile {
  readonly name: string;
  readonly content: Content;
  readonly modifiedMs: number;
  /** What its first answer is instead. */
  readonly first: FirstAnswer | null;
}

/**
 * What GDELT's server would have: the lists, and the files of the slices published so far. Slice n
 * has the stamp `startMs` + n quarters of an hour.
 */
export class PublishedFeed {
  readonly #spec: FeedSpec;
  readonly #feeds: readonly Feed[];
  readonly #zips: SliceZips;
  readonly #lists = new FileLists();
  readonly #folder: ListFolder | null;
  #newest = -1;

  private constructor(spec: FeedSpec, folder: ListFolder | null) {
    this.#spec = spec;
    this.#feeds = spec.translation ? [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS] : ENGLISH_FEEDS;
    this.#zips = new SliceZips(spec.stream, spec.faults);
    this.#folder = folder;
  }

  /**
   * The feed as it is when `slice` has been published: all files up to it are there. The lists begin
   * where the folder's do; without a folder, with the newest slice of which there is something.
   */
  static async open(
    spec: FeedSpec,
    slice: number,
    folder: ListFolder | null,
  ): Promise<PublishedFeed> {
    const feed = new PublishedFeed(spec, folder);
    const known = folder?.publications ?? [];
    const last = known.at(-1);
    if (last === undefined) feed.#newest = feed.#firstListed(slice) - 1;
    else await feed.#takeOver(known, last);
    while (feed.#newest < slice) await feed.publishNext();
    return feed;
  }

  /** Number of the newest slice. */
  get newest(): number {
    return this.#newest;
  }

  /** Time of the newest slice: when the lists have changed. */
  get newestMs(): number {
    return this.#timeOf(this.#newest);
  }

  async publishNext(): Promise<void> {
    const publication = await this.#publication(this.#newest + 1);
    await this.#folder?.append(publication);
    this.#lists.append(publication);
    this.#newest++;
  }

  list(name: ListName, baseUrl: string): string | null {
    return this.#lists.text(name, baseUrl);
  }

  /** The file of that name, spelled exactly as GDELT does; null if there is none, or not yet. */
  async file(name: string): Promise<PublishedFile | null> {
    const parsed = parseSliceFileName(name);
    if (parsed === null) return null;
    const feed = feedNamed(parsed.feed);
    const slice = (parsed.sliceMs - this.#spec.stream.startMs) / SLICE_MS;
    const later = this.#newest - slice;
    const isOurs = Number.isInteger(slice) && slice >= 0 && this.#feeds.includes(feed);
    if (!isOurs || later < 0 || name !== zipName(feed, parsed.sliceMs)) return null;
    const fault = faultPlan(this.#spec.faults, slice).get(feed.name);
    const served = servedAt(fault, later);
    if (served === null) return null;
    return {
      name,
      content: await this.#content(slice, feed, fault, served),
      modifiedMs: this.#timeOf(slice + changedAt(fault, later)),
      first: firstAnswer(fault),
    };
  }

  #timeOf(slice: number): number {
    return this.#spec.stream.startMs + slice * SLICE_MS;
  }

  #firstListed(slice: number): number {
    let first = slice;
    const isEmpty = (at: number) => {
      const plan = faultPlan(this.#spec.faults, at);
      return this.#feeds.every(({ name }) => listedAt(plan.get(name), 0).length === 0);
    };
    while (first > 0 && isEmpty(first)) first--;
    return first;
  }

  async #takeOver(known: readonly Publication[], last: Publication): Promise<void> {
    const newest = (parseStamp(last.slice)! - this.#spec.stream.startMs) / SLICE_MS;
    if (!isDeepStrictEqual(await this.#publication(newest), last)) {
      throw new ConfigError(
        `--folder has the lists of another version of the program, ` +
          `whose slice ${last.slice} was not the same: give another folder`,
      );
    }
    for (const publication of known) this.#lists.append(publication);
    this.#newest = newest;
  }

  /** What the lists gain with a slice: its own files, and those of earlier ones put right by now. */
  async #publication(slice: number): Promise<Publication> {
    const lines: string[] = [];
    for (let later = 0; later <= Math.min(slice, SLICES_LATER_MAX); later++) {
      const plan = faultPlan(this.#spec.faults, slice - later);
      for (const feed of this.#feeds) {
        const fault = plan.get(feed.name);
        for (const as of listedAt(fault, later)) {
          lines.push(await this.#line(slice - later, feed, fault, as));
        }
      }
    }
    return { slice: stampOf(this.#timeOf(slice)), lines };
  }

  async #line(
    slice: number,
    feed: Feed,
    fault: FileFault | undefined,
    as: ListedAs,
  ): Promise<string> {
    const part = as === "cut" ? "cut" : "whole";
    const { bytes, md5 } = await this.#content(slice, feed, fault, part);
    const listed = as === "wrong-md5" ? contentOf(Buffer.from(md5)).md5 : md5;
    return `${bytes.length} ${listed} ${zipName(feed, this.#timeOf(slice))}`;
  }

  async #content(
    slice: number,
    feed: Feed,
    fault: FileFault | undefined,
    part: "whole" | "cut",
  ): Promise<Content> {
    const whole = await this.#zips.zip(slice, feed);
    if (part === "whole" || fault?.kind !== "truncated") return whole;
    return cutContent(whole, fault.share);
  }
}

export function cutContent({ bytes }: Content, share: number): Content {
  return contentOf(bytes.subarray(0, Math.floor(bytes.length * share)));
}

const zipName = (feed: Feed, sliceMs: number): string =>
  sliceFileName(feed, sliceMs, { zipped: true });
