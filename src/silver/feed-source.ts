import type { TsvRows } from "../gdelt/tsv-rows.ts";
import { deadLetter } from "../operators/dead-letter.ts";
import type { Completeness } from "../topology/topology.ts";
import type { Stream, TopologyBuilder } from "../topology/topology-builder.ts";
import { checkPlaces } from "./check-places.ts";
import { type FeedRows, stamped } from "./feed-rows.ts";
import { rekeyedSerializer } from "./rekeyed-rows.ts";

/** How the raw topics are filled: by this project's producer, or by somebody else's. */
export interface SourceOptions {
  /**
   * Whether every row lies in the partition that Kafka's partitioner gives its key column. If not,
   * the topology re-keys; if so, a row found elsewhere is an error.
   */
  readonly keyed: boolean;
  /**
   * Whether end markers say when a slice is complete. Where there are none the rows' own stamps
   * decide, and the topology re-keys: which slices there are has to be the same in all partitions.
   */
  readonly markers: "required" | "none";
  /** Without markers: a slice waits until stamps are so far past its end; what is later re-opens it. */
  readonly graceMs: number;
  /** Without markers: a partition at its end that has been silent for so long is not waited for. */
  readonly idleTimeoutMs: number;
}

export const SOURCE_DEFAULTS: SourceOptions = {
  keyed: true,
  markers: "required",
  graceMs: 15 * 60_000,
  idleTimeoutMs: 60_000,
};

export interface FeedSourceSpec {
  readonly kind: string;
  readonly rows: FeedRows;
  /** Feeds that are in the topic. */
  readonly feeds: readonly string[];
  readonly sliceMs: number;
  readonly source: SourceOptions;
}

/**
 * The rows of a raw topic that can be used, in the tasks of their keys: straight from the topic, or
 * through a sub-topology in front, which puts them, unchanged, into a topic of our own. Rows are
 * checked where they are first read: there a dead letter has its true place in the log.
 */
export function feedSource(builder: TopologyBuilder, spec: FeedSourceSpec): Stream<TsvRows> {
  const { kind, rows, source } = spec;
  const topic = `gdelt.${kind}`;
  const rekeys = !source.keyed || source.markers === "none";
  const checked = builder
    .source(`${kind}-source`, {
      topic,
      deserialize: rekeys ? stamped(rows) : rows.deserialize,
      completeness: completenessOf(spec),
    })
    .via(`check-${kind}`, rekeys ? deadLetter(rows.check) : checkPlaces(rows, topic));
  if (!rekeys) return checked;
  const name = `${kind}-by-${rows.keyName}`;
  return checked.repartition(name, {
    topic: `gdelt.${name}-repartition`,
    serialize: rekeyedSerializer(rows.keyColumn),
    deserialize: rows.deserialize,
  });
}

function completenessOf({ feeds, sliceMs, source }: FeedSourceSpec): Completeness {
  const { markers, graceMs, idleTimeoutMs } = source;
  return markers === "none" ? { markers, sliceMs, graceMs, idleTimeoutMs } : { markers: feeds };
}
