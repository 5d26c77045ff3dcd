import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Feed, feedNamed } from "../../gdelt/feeds.ts";
import { SliceStream, type StreamSpec } from "../slice-generator/generate-slices.ts";
import { Random } from "../slice-generator/random.ts";
import { packSlice } from "../slice-generator/write-slices.ts";
import { type FaultSpec, faultPlan } from "./fault-plan.ts";
import { withFault } from "./faulty-rows.ts";

/** A file's bytes, and their MD5 in hexadecimal. */
export interface Content {
  readonly bytes: Buffer;
  readonly md5: string;
}

export const contentOf = (bytes: Buffer): Content => ({ bytes, md5: hash("md5", bytes) });

/** Zips which are kept because they are likely to be asked for again: some four slices. */
const KEPT_BYTES_MAX = 16 << 20;

/**
 * The zips of any slice, generated when they are asked for, with the faults that are in their rows.
 * The same for the same specs, so they need not be kept.
 */
export class SliceZips {
  readonly #streams: ReadonlyMap<boolean, SliceStream>;
  readonly #faults: FaultSpec;
  readonly #kept: LRUCache<string, ReadonlyMap<string, Content>, { at: SliceOfStream }>;
  #generating: Promise<unknown> = Promise.resolve();

  constructor(stream: StreamSpec, faults: FaultSpec) {
    this.#faults = faults;
    this.#streams = new Map(
      [false, true].map((translation) => [
        translation,
        new SliceStream({ ...stream, translation }),
      ]),
    );
    this.#kept = new LRUCache({
      maxSize: KEPT_BYTES_MAX,
      sizeCalculation: (zips) => [...zips.values()].reduce((sum, zip) => sum + zip.bytes.length, 1),
      fetchMethod: (_key, _stale, { context }) => this.#inTurn(() => this.#generate(context.at)),
    });
  }

  async zip(slice: number, feed: Feed): Promise<Content> {
    const at = { slice, translation: feed.translation };
    const zips = await this.#kept.fetch(`${slice} ${at.translation}`, { context: { at } });
    return zips!.get(feed.name)!;
  }

  /** One slice at a time: each takes some 30 MB while it is generated. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#generating.then(work);
    this.#generating = turn.catch(() => {});
    return turn;
  }

  async #generate({ slice, translation }: SliceOfStream): Promise<ReadonlyMap<string, Content>> {
    const plan = faultPlan(this.#faults, slice);
    const generated = this.#streams.get(translation)!.slice(slice);
    const feeds = new Map(
      [...generated.feeds].map(([name, content], i) => {
        const random = new Random(this.#faults.seed, slice, translation ? 22 : 21, i);
        return [name, withFault(content, feedNamed(name), plan.get(name), random)];
      }),
    );
    const files = await packSlice({ ...generated, feeds }, { zipped: true });
    return new Map(files.map(({ feed, bytes }) => [feed.name, contentOf(bytes)]));
  }
}

interface SliceOfStream {
  readonly slice: number;
  readonly translation: boolean;
}
