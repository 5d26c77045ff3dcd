import { ENGLISH_FEEDS, type Feed, feedNamed, TRANSLATION_FEEDS } from "../gdelt/feeds.ts";
import { isPublication, type Publications, publishedBy } from "./publications.ts";
import { type PinnedTables, partitionsOf, type Reach, TableReach } from "./reach.ts";

export type Kind = Feed["kind"];

/** Tables that the tasks write, by what they hold. */
export type Output = "events" | "mentions" | "lifecycle" | "letters";

/**
 * How far each table has come, and so what may be held against it: the tables are not committed
 * together, and the pipeline may be running. What one table lacks is a mistake only when it has come
 * by the close which should have brought it; what it has too much, only when the table it should
 * agree with has come as far as it. Everything else is open.
 */
export class Horizon {
  private readonly publications: Publications;
  private readonly outputs: Readonly<Record<Output, Reach>>;
  private readonly bronze: ReadonlyMap<string, Reach>;
  private readonly positions: Readonly<Record<Kind, readonly number[]>>;

  constructor(tables: PinnedTables, publications: Publications) {
    const partitions = partitionsOf(tables);
    const reach = (folder: string) => new TableReach(tables.get(folder), partitions);
    const events = reach("silver/events");
    this.publications = publications;
    this.outputs = {
      events: events.all(),
      mentions: reach("silver/mentions").all(),
      lifecycle: reach("audit/lifecycle").all(),
      // Its last rows of a slice come from the tasks that write the events.
      letters: reach("dead_letter").all(events),
    };
    this.positions = {
      events: reach("bronze/events").positions,
      mentions: reach("bronze/mentions").positions,
      gkg: reach("bronze/gkg").positions,
    };
    // All that there are: Bronze may have rows of one before `bronze.slices` has an entry of it.
    this.bronze = new Map(
      [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS].map(({ name, kind }) => [
        name,
        reach(`bronze/${kind}`).of(name),
      ]),
    );
  }

  /** Whether Bronze must have what the n-th entry of a feed has published. */
  isInBronze(feed: string, entries: number): boolean {
    return this.bronze.get(feed)!.whole >= entries;
  }

  /** Whether the tables must have all that is known to be published by a feed in a slice. */
  isIn(outputs: readonly Output[], sliceMs: number, feed: string): boolean {
    const slice = this.publications.slices.get(sliceMs);
    if (slice === undefined) return false;
    const last = Math.max(0, ...publishedBy(slice, feed).map(({ ordinal }) => ordinal));
    return outputs.every((output) => this.outputs[output].whole >= last);
  }

  /** Whether all that any feed has closed a slice with is in the tables. */
  isSettled(sliceMs: number): boolean {
    const last = this.publications.slices.get(sliceMs)?.attempts.at(-1);
    if (last === undefined) return true;
    const { closes } = this.publications;
    const outputs = Object.values(this.outputs).every(({ whole }) => whole >= last.ordinal);
    const bronze = [...last.entries.values()].every(
      (entry) =>
        !isPublication(entry) ||
        this.isInBronze(entry.feed, this.publications.entriesOf(entry.feed, last.ordinal)),
    );
    return closes >= last.ordinal && outputs && bronze;
  }

  /** Whether one table has come by every close that another may show something of. */
  covers(output: Output, other: Output): boolean {
    return this.outputs[output].whole >= this.outputs[other].most;
  }

  /** The same of Bronze, for the feeds of a kind. */
  bronzeCovers(kind: Kind, other: Output): boolean {
    const { most } = this.outputs[other];
    const { publications } = this;
    if (publications.closes < most) return false;
    return [...this.bronze]
      .filter(([feed]) => feedNamed(feed).kind === kind)
      .every(([feed, { whole }]) => whole >= publications.entriesOf(feed, most));
  }

  /** The offset up to which Bronze has read the topic of a kind of feed, by partition. */
  bronzePositions(kind: Kind): readonly number[] {
    return this.positions[kind];
  }

  /** Whether `bronze.slices` has every entry that Bronze may show rows of. */
  entriesCover(feed: string): boolean {
    return this.publications.entriesOf(feed) >= this.bronze.get(feed)!.most;
  }

  /** Whether a table has come by the end of the stream. */
  hasEnded(output: Output): boolean {
    const { ended, attempts } = this.publications;
    return ended && this.outputs[output].whole > attempts.length;
  }
}
