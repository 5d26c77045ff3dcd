import { LAKE_TABLES, type LakeTable } from "../../src/app/lake.ts";
import { MART_TABLES } from "../../src/app/mart-tables.ts";
import type { DescribedTable } from "../../src/gdelt/described-table.ts";
import {
  deadLetter,
  lifecycle,
  silverEvents,
  silverMentions,
} from "../../src/gdelt/silver-schema.ts";
import { ORPHAN_REASONS, STATUSES } from "../../src/silver/emission-entry.ts";
import type { PostgresTable } from "../../src/sinks/postgres/upsert.ts";

/** A table of the contract, in the lake and in the mart. */
export interface ContractTable {
  /** As readers name it. */
  readonly name: string;
  readonly described: DescribedTable;
  readonly lake: LakeTable;
  readonly mart: PostgresTable;
  /** All that a column can hold, where that is little. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** What holds of every row: text, and SQL that counts those of which it does not hold. */
  readonly rules: readonly {
    readonly description: string;
    readonly sql: (table: string) => string;
  }[];
}

const lakeTable = (node: string): LakeTable => LAKE_TABLES.find((each) => each.node === node)!;
const martTable = (node: string): PostgresTable =>
  MART_TABLES.find((each) => each.node === node)!.table;

const statuses = STATUSES.filter((text) => text !== "");
const reasons = ORPHAN_REASONS.filter((text) => text !== "");

export const CONTRACT_TABLES: readonly ContractTable[] = [
  {
    name: "silver.events",
    described: silverEvents,
    lake: lakeTable("silver-events-lake"),
    mart: martTable("silver-events-mart"),
    values: { status: statuses },
    rules: [
      {
        description: "An event is SILVER_COMPLETE exactly if a document of it is known.",
        sql: (table) =>
          `select count(*) from ${table} where (status = 'SILVER_COMPLETE') <> (document_count > 0)`,
      },
      {
        description: "An event that is SILVER_COMPLETE says since when.",
        sql: (table) =>
          `select count(*) from ${table} where status = 'SILVER_COMPLETE' and completed_at is null`,
      },
    ],
  },
  {
    name: "silver.mentions",
    described: silverMentions,
    lake: lakeTable("silver-mentions-lake"),
    mart: martTable("silver-mentions-mart"),
    values: { orphan_reason: reasons },
    rules: [
      {
        description: "A mention is joined to its event, or it says why not.",
        sql: (table) =>
          `select count(*) from ${table} where event_joined <> (orphan_reason is null)`,
      },
    ],
  },
  {
    name: "audit.lifecycle",
    described: lifecycle,
    lake: lakeTable("lifecycle-lake"),
    mart: martTable("lifecycle-mart"),
    values: { state: statuses },
    rules: [
      {
        description: "Every event has been WAITING.",
        sql: (table) =>
          `select count(*) from (select global_event_id from ${table} group by global_event_id ` +
          "having sum(case when state = 'WAITING' then 1 else 0 end) = 0) as others",
      },
    ],
  },
  {
    name: "dead_letter",
    described: deadLetter,
    lake: lakeTable("dead-letter-lake"),
    mart: martTable("dead-letter-mart"),
    values: {},
    rules: [],
  },
];
