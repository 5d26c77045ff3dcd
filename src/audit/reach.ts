import type { PinnedTable } from "../lake-sql/pinned-table.ts";
import type { SinkProgress } from "../sinks/delta/sink-progress.ts";

/** The tables of a lake as the audit reads them; null where there is none. */
export type PinnedTables = ReadonlyMap<string, PinnedTable>;

/**
 * How many closes a table has come by. Attempts at slices are closed one after the other, so the
 * number says which. A closer is a feed for the raw topics, an upstream task for the others.
 */
export interface Reach {
  /** All of these closes are in the table whole. */
  readonly whole: number;
  /** Of none after these anything is in the table. */
  readonly most: number;
}

/** How far each partition of a table has come, those without anything included. */
export class TableReach {
  /** Partitions in their order; null where the table has nothing of it yet. */
  private readonly sinks: readonly (SinkProgress | null)[];

  constructor(table: PinnedTable | undefined, partitions: number) {
    const all = table?.progress ?? [];
    const generation = Math.max(0, ...all.map((sink) => sink.generation));
    const newest = all.filter((sink) => sink.generation === generation && sink.isFed);
    this.sinks = Array.from(
      { length: partitions },
      (_, partition) => newest.find((sink) => sink.partition === partition) ?? null,
    );
  }

  /** Of one feed. */
  of(feed: string): Reach {
    const ends = this.sinks.map((sink) => sink?.ends.get(feed) ?? 0);
    return this.combine(ends, ends);
  }

  /**
   * Of all that close it: every task of an upstream sub-topology, in the partition of its number.
   * `others` are closers which must have come by too, known from another table.
   */
  all(others?: TableReach): Reach {
    const names = this.sinks.map((sink, partition) => [
      ...new Set([...(sink?.ends.keys() ?? []), ...(others?.closersAt(partition) ?? [])]),
    ]);
    const ends = this.sinks.map((sink, partition) =>
      names[partition]!.map((name) => sink?.ends.get(name) ?? 0),
    );
    return this.combine(
      ends.map((counts) => (counts.length === 0 ? 0 : Math.min(...counts))),
      ends.map((counts) => Math.max(0, ...counts)),
    );
  }

  /** Next offsets, 0 where nothing was read. */
  get positions(): number[] {
    return this.sinks.map((sink) => sink?.position ?? 0);
  }

  private closersAt(partition: number): string[] {
    return [...(this.sinks[partition]?.ends.keys() ?? [])];
  }

  private combine(least: readonly number[], most: readonly number[]): Reach {
    // Behind its newest end a partition may hold something of the next close.
    const begun = this.sinks.map((sink) => (sink === null || sink.position === sink.ended ? 0 : 1));
    return {
      whole: Math.min(...least),
      most: Math.max(...most.map((count, partition) => count + begun[partition]!)),
    };
  }
}

/** How many partitions the topics have, as far as any table knows. */
export const partitionsOf = (tables: PinnedTables): number =>
  Math.max(
    1,
    ...[...tables.values()].flatMap(({ progress }) =>
      progress.filter(({ isFed }) => isFed).map((sink) => sink.partition + 1),
    ),
  );
