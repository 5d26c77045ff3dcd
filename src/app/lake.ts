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
import type { ObjectStore } from "../state/object-store.ts";

interface LakeTable {
  /** Name of the table node in the topology. */
  readonly node: string;
  /** Folder of the table below the lake's root. */
  readonly folder: string;
  readonly schema: Schema;
}

export const LAKE_TABLES: readonly LakeTable[] = [
  { node: "silver-events-lake", folder: "silver/events", schema: silverEventsSchema },
  { node: "silver-mentions-lake", folder: "silver/mentions", schema: silverMentionsSchema },
  { node: "lifecycle-lake", folder: "audit/lifecycle", schema: lifecycleSchema },
  { node: "dead-letter-lake", folder: "dead_letter", schema: deadLetterSchema },
];

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
    for (const { node, folder, schema } of LAKE_TABLES) {
      const name = path.basename(folder);
      tables.set(
        node,
        await DeltaTable.open({
          store,
          root: folder,
          name,
          schema,
          // By day, not by slice: an update touches the events of some ninety earlier slices.
          datedBy: "slice",
          clock: options.clock,
          uniqueName: randomUUID,
        }),
      );
    }
    return new Lake(tables, options);
  }

  /** The sink of one partition of the topic that feeds a table. */
  sink(node: string, topic: string, partition: number): RecordSink {
    return new DeltaSink({
      table: this.tables.get(node)!,
      source: { topic, partition },
      application: this.application,
      generation: this.generation,
      name: node,
      clock: this.clock,
    });
  }
}
