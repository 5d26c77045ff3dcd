import { slicesDecoder } from "../bronze/slices-decoder.ts";
import { bronzeSlicesSchema } from "../gdelt/bronze-schema.ts";
import {
  deadLetterSchema,
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../gdelt/silver-schema.ts";
import type { PostgresTable } from "../sinks/postgres/upsert.ts";
import { arrowValues, type RowDecoder } from "../sinks/row-decoder.ts";

interface MartTable {
  /** Name of the table node in the topology. */
  readonly node: string;
  readonly table: PostgresTable;
  readonly decode: RowDecoder;
}

const martTable = (
  node: string,
  table: PostgresTable,
  decode: RowDecoder = arrowValues(table.schema),
): MartTable => ({ node, table, decode });

const rank = ["generation", "revision"] as const;

/**
 * The tables of the mart; migrations/ makes them. An event's and a mention's slice follow from the
 * rest of the key, and are in it because they tell the partition.
 */
export const MART_TABLES: readonly MartTable[] = [
  martTable("silver-events-mart", {
    name: "silver.events",
    schema: silverEventsSchema,
    key: ["global_event_id", "slice"],
    rank,
    byDay: true,
  }),
  martTable("silver-mentions-mart", {
    name: "silver.mentions",
    schema: silverMentionsSchema,
    key: ["mention_key", "slice"],
    rank,
    byDay: true,
  }),
  martTable("lifecycle-mart", {
    name: "ops.lifecycle",
    schema: lifecycleSchema,
    key: ["global_event_id", "state", "generation", "slice"],
    rank: null,
    byDay: true,
  }),
  martTable("dead-letter-mart", {
    name: "ops.dead_letter",
    schema: deadLetterSchema,
    key: ["topic", "partition", "offset", "row"],
    rank: null,
    byDay: false,
  }),
  martTable(
    "slices-mart",
    {
      name: "ops.slices",
      schema: bronzeSlicesSchema,
      key: ["partition", "offset"],
      rank: null,
      byDay: false,
    },
    slicesDecoder,
  ),
];

/** Those that are kept day by day. */
export const MART_DAYS: readonly string[] = MART_TABLES.filter(({ table }) => table.byDay).map(
  ({ table }) => table.name,
);
