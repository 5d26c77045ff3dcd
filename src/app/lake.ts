import { randomUUID } from "node:crypto";
import type { Schema } from "apache-arrow";
import { feedDecoder } from "../bronze/feed-decoder.ts";
import { slicesDecoder } from "../bronze/slices-decoder.ts";
import {
  BRONZE_INDEXED_COLUMNS,
  bronzeEventsSchema,
  bronzeGkgSchema,
  bronzeMentionsSchema,
  bronzeSlicesSchema,
} from "../gdelt/bronze-schema.ts";
import {
  deadLetterSchema,
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../gdelt/silver-schema.ts";
import type { Clock } from "../record/clock.ts";
import type { RecordSink } from "../runtime/ports.ts";
import { DeltaSink } from "../sinks/delta/delta-sink.ts";
import { DeltaTable } from "../sinks/delta/delta-table.ts";
import type { NewestSpec } from "../sinks/delta/kept-rows.ts";
import { rescaleSteps } from "../sinks/delta/sink-progress.ts";
import type { RowIdentity } from "../sinks/delta/verify-table.ts";
import { arrowValues, type RowDecoder } from "../sinks/row-decoder.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Topology } from "../topology/topology.ts";

export interface LakeTable {
  /** Name of the table node in the topology. */
  readonly node: string;
  /** Folder of the table below the lake's root. */
  readonly folder: string;
  readonly schema: Schema;
  /** Makes its rows of the records of its topic. */
  readonly decode: RowDecoder;
  /** Columns at its start that have statistics, where not all can. */
  readonly indexedColumns?: number;
  /** Not every lake has it. */
  readonly optional: boolean;
  /** What a compaction keeps: of each key the row of the greatest rank; null: every row. */
  readonly newest: NewestSpec | null;
  /** What no two rows have in common; null: there may be such rows. */
  readonly identity: RowIdentity | null;
}

const rank = ["generation", "revision"] as const;
const position = { kind: "position", columns: ["partition", "offset"] } as const;

/** What the tasks write, in the columns that it has in the table. */
const joined = (node: string, folder: string, schema: Schema) => ({
  node,
  folder,
  schema,
  decode: arrowValues(schema),
  optional: false,
  newest: null,
  identity: null,
});

/** What is written again as it changes. */
const revised = (key: string) => ({
  newest: { key: [key], rank },
  identity: { kind: "key", columns: [key, ...rank] } as const,
});

/** A feed as published. */
const published = (feed: string, schema: Schema): LakeTable => ({
  node: `bronze-${feed}-lake`,
  folder: `bronze/${feed}`,
  schema,
  decode: feedDecoder(schema),
  indexedColumns: BRONZE_INDEXED_COLUMNS,
  optional: true,
  newest: null,
  identity: position,
});

export const LAKE_TABLES: readonly LakeTable[] = [
  {
    ...joined("silver-events-lake", "silver/events", silverEventsSchema),
    ...revised("global_event_id"),
  },
  {
    ...joined("silver-mentions-lake", "silver/mentions", silverMentionsSchema),
    ...revised("mention_key"),
  },
  {
    ...joined("lifecycle-lake", "audit/lifecycle", lifecycleSchema),
    identity: { kind: "key", columns: ["global_event_id", "state", "generation"] },
  },
  joined("dead-letter-lake", "dead_letter", deadLetterSchema),
  published("events", bronzeEventsSchema),
  published("mentions", bronzeMentionsSchema),
  published("gkg", bronzeGkgSchema),
  {
    node: "bronze-slices-lake",
    folder: "bronze/slices",
    schema: bronzeSlicesSchema,
    decode: slicesDecoder,
    optional: true,
    newest: null,
    identity: position,
  },
];

/** Opens a table, or creates it. */
export const openLakeTable = (
  store: ObjectStore,
  { folder, schema, indexedColumns }: LakeTable,
  clock: Clock,
): Promise<DeltaTable> =>
  DeltaTable.open({
    store,
    root: folder,
    name: folder.replace("/", "."),
    schema,
    // By day, not by slice: an update touches the events of some ninety earlier slices.
    datedBy: "slice",
    ...(indexedColumns !== undefined && { indexedColumns }),
    clock,
    uniqueName: randomUUID,
  });

interface OpenTable {
  readonly described: LakeTable;
  readonly table: DeltaTable;
}

/** The Delta tables that a topology feeds. */
export class Lake {
  private readonly tables: ReadonlyMap<string, OpenTable>;
  private readonly application: string;
  private readonly generation: number;
  private readonly clock: Clock;

  private constructor(
    tables: ReadonlyMap<string, OpenTable>,
    options: { application: string; generation: number; clock: Clock },
  ) {
    this.tables = tables;
    this.application = options.application;
    this.generation = options.generation;
    this.clock = options.clock;
  }

  /** Opens the tables which the topology has a node for. */
  static async open(
    store: ObjectStore,
    { subTopologies }: Topology,
    options: { application: string; generation: number; clock: Clock },
  ): Promise<Lake> {
    const nodes = new Set(subTopologies.flatMap((sub) => sub.nodes.map(({ name }) => name)));
    const opening = LAKE_TABLES.filter(({ node }) => nodes.has(node)).map(
      async (described): Promise<[string, OpenTable]> => [
        described.node,
        { described, table: await openLakeTable(store, described, options.clock) },
      ],
    );
    return new Lake(new Map(await Promise.all(opening)), options);
  }

  /** Rows in the live files of each table, all revisions counted. */
  rowCounts(): Record<string, number> {
    return Object.fromEntries(
      [...this.tables.values()].map(({ described, table }) => [described.folder, rowsIn(table)]),
    );
  }

  /** Tells the tables that another number of partitions of their topics feeds them from now on. */
  async rescale(
    { subTopologies }: Topology,
    to: { topics: ReadonlySet<string>; change: number; partitions: number },
  ): Promise<void> {
    for (const node of subTopologies.flatMap(({ nodes }) => nodes)) {
      const open = this.tables.get(node.name);
      if (open === undefined || node.kind !== "table" || !to.topics.has(node.topic)) continue;
      const sink = `${this.application}/${this.generation}/${node.name}`;
      const steps = rescaleSteps(open.table.snapshot.transactions, {
        sink,
        topic: node.topic,
        change: to.change,
        partitions: to.partitions,
      });
      if (steps.length > 0) await open.table.append([], steps);
    }
  }

  /** The sink of one partition of the topic that feeds a table. */
  sink(node: string, topic: string, partition: number): RecordSink {
    const { described, table } = this.tables.get(node)!;
    return new DeltaSink({
      table,
      source: { topic, partition },
      application: this.application,
      generation: this.generation,
      name: node,
      decode: described.decode,
      clock: this.clock,
    });
  }
}

function rowsIn({ snapshot }: DeltaTable): number {
  let rows = 0;
  for (const { stats } of snapshot.files.values()) {
    rows += (JSON.parse(stats ?? "{}") as { numRecords?: number }).numRecords ?? 0;
  }
  return rows;
}
