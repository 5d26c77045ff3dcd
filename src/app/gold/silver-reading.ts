import { createHash } from "node:crypto";
import { partitionsOf, TableReach } from "../../audit/reach.ts";
import { currentRows } from "../../lake-sql/current-rows.ts";
import { type LiveFile, PinnedTable } from "../../lake-sql/pinned-table.ts";
import { ConfigError, TaskCorruptedError } from "../../record/errors.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { LAKE_TABLES } from "../lake.ts";

/** Tables of Silver that Gold is made of. */
const EVENTS = "silver/events";
const MENTIONS = "silver/mentions";

/** Files of a day, hashed: no other contents of it have the same. Both tables, since a day is read as one. */
export type DayPrints = ReadonlyMap<string, string>;

/** Silver in a lake at one version of each table: which files there are, by day, and how to read them. */
export class SilverReading {
  readonly events: PinnedTable;
  readonly mentions: PinnedTable;
  readonly days: DayPrints;

  private constructor(events: PinnedTable, mentions: PinnedTable) {
    this.events = events;
    this.mentions = mentions;
    this.days = dayPrints([events, mentions]);
  }

  /**
   * @param root where files are read from: the lake itself, or a folder for copies of them.
   * @throws ConfigError when there is no Silver; TaskCorruptedError when files are missing.
   */
  static async open(store: ObjectStore, root: string, place: string): Promise<SilverReading> {
    const [events, mentions] = await Promise.all([
      PinnedTable.open(store, root, EVENTS),
      PinnedTable.open(store, root, MENTIONS),
    ]);
    if (events === null || mentions === null) {
      throw new ConfigError(
        `there is no ${events === null ? EVENTS : MENTIONS} below ${place}: name the folder or bucket ` +
          "that start, run or replay fills",
      );
    }
    const [damaged] = [...events.damaged, ...mentions.damaged];
    if (damaged === undefined) return new SilverReading(events, mentions);
    throw new TaskCorruptedError(
      `${damaged.path} is not there as it was written; gdelt-streams lake verify tells what is missing`,
    );
  }

  /** Slices that both tables hold whole. */
  get slicesClosed(): number {
    const tables = new Map([this.events, this.mentions].map((table) => [table.folder, table]));
    const partitions = partitionsOf(tables);
    const whole = [...tables.values()].map(
      (table) => new TableReach(table, partitions).all().whole,
    );
    return Math.min(...whole);
  }

  /** Files of some days. */
  files(days: ReadonlySet<string>): LiveFile[] {
    const all = [...this.events.files, ...this.mentions.files];
    return all.filter(({ date }) => date !== null && days.has(date));
  }

  /** The current rows of some days, as something to select from. */
  rows(table: "events" | "mentions", days: ReadonlySet<string>): string {
    const pinned = this[table];
    const { newest } = LAKE_TABLES.find(({ folder }) => folder === pinned.folder)!;
    return currentRows(pinned, newest, days);
  }
}

function dayPrints(tables: readonly PinnedTable[]): DayPrints {
  const files = tables.flatMap(({ files }) => files);
  const byDay = Map.groupBy(files, ({ date }) => date ?? "");
  return new Map(
    [...byDay].map(([day, of]) => {
      const paths = of.map(({ path }) => path).sort();
      return [day, createHash("sha256").update(paths.join("\n")).digest("hex")];
    }),
  );
}
