import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Schema } from "apache-arrow";
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
import { arrowValues } from "../sinks/row-decoder.ts";
import type { ObjectStore } from "../state/object-store.ts";

interface LakeTable {
  /** Name of the table node in the topology. */
  readonly node: string;
  /** Folder of the table below the lake's root. */
  readonly folder: string;
  readonly schema: Schema;
  /** What a compaction keeps: of each key the row of the greatest rank; null: every row. */
  readonly newest: {
    readonly key: readonly string[];
    readonly rank: readonly [string, string];
  } | null;
}

const rank = ["generation", "revision"] as const;

export const LAKE_TABLES: readonly LakeTable[] = [
  {
    node: "silver-events-lake",
    folder: "silver/events",
    schema: silverEventsSchema,
    newest: { key: ["global_event_id"], rank },
  },
  {
    node: "silver-mentions-lake",
    folder: "silver/mentions",
    schema: silverMentionsSchema,
    newest: { key: ["mention_key"], rank },
  },
  { node: "lifecycle-lake", folder: "audit/lifecycle", schema: lifecycleSchema, newest: null },
  { node: "dead-letter-lake", folder: "dead_letter", schema: deadLetterSchema, newest: null },
];

/** Opens a table, or creates it. */
export const openLakeTable = (
  store: ObjectStore,
  { folder, schema }: LakeTable,
  clock: Clock,
): Promise<DeltaTable> =>
  DeltaTable.open({
    store,
    root: folder,
    name: path.basename(folder),
    schema,
    // By day, not by slice: an update touches the events of some ninety earlier slices.
    datedBy: "slice",
    clock,
    uniqueName: randomUUID,
  });

/** The Delta tables that the topology feeds. */
export class Lake {
  private readonly tables: ReadonlyMap<string, DeltaTable>;
  private readonly application: string;
  private readonly generation: number;
  private readonly clock: Clock;

  private constructor(
    tables: ReadonlyMap<string, DeltaTable>,
    options: { application: string; generation: number; clock: Clock },
  ) {
    this.tables = tables;
    this.application = options.application;
    this.generation = options.generation;
    this.clock = options.clock;
  }

  static async open(
    store: ObjectStore,
    options: { application: string; generation: number; clock: Clock },
  ): Promise<Lake> {
    const tables = new Map<string, DeltaTable>();
    for (const table of LAKE_TABLES) {
      tables.set(table.node, await openLakeTable(store, table, options.clock));
    }
    return new Lake(tables, options);
  }

  /** Rows in the live files of each table, all revisions counted. */
  rowCounts(): Record<string, number> {
    return Object.fromEntries(
      LAKE_TABLES.map(({ node, folder }) => [folder, rowsIn(this.tables.get(node)!)]),
    );
  }

  /** The sink of one partition of the topic that feeds a table. */
  sink(node: string, topic: string, partition: number): RecordSink {
    const table = this.tables.get(node)!;
    return new DeltaSink({
      table,
      source: { topic, partition },
      application: this.application,
      generation: this.generation,
      name: node,
      decode: arrowValues(table.schema),
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
