import { DataType, type Field } from "apache-arrow";
import { stringify } from "yaml";
import { SILVER_DEFAULTS } from "../../src/silver/silver-topology.ts";
import { removedFileRetentionMs } from "../../src/sinks/delta/retention.ts";
import { deltaTypeName } from "../../src/sinks/delta/schema.ts";
import { postgresType } from "../../src/sinks/postgres/column-type.ts";
import { CONTRACT_TABLES, type ContractTable } from "./silver-tables.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the standard has in the place of the table. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is filled in by who runs the query
const TABLE = "${table}";

/** Of a table as we make it: what it does not say is as Delta has it. */
const NO_PROPERTIES = {
  id: "",
  format: { provider: "parquet", options: {} },
  schemaString: "",
  partitionColumns: [],
  configuration: {},
};

/** What a reader of Silver may rely on, as the Open Data Contract Standard 3.1 writes it. */
export function silverContract(version: string): string {
  const contract = {
    apiVersion: "v3.1.0",
    kind: "DataContract",
    id: "gdelt-streams-silver",
    name: "Silver",
    version,
    status: "active",
    domain: "news",
    description: {
      purpose:
        "GDELT's events and mentions, joined with what their documents are about: each event as a " +
        "complete sentence, and every mention with or without its event.",
      usage:
        "The lake (Delta) keeps every revision of a row; where a table has generation and revision, " +
        "the row with the greatest pair of a key is current. The mart (Postgres) has the current rows. " +
        "postgresTable and postgresType are names and types there, all others the lake's.",
      limitations:
        "Columns are only ever added, optional and at the end; rows from before hold null there. When a " +
        "row becomes readable is not promised: silver_committed_at says when it did. The data is " +
        "GDELT's, https://www.gdeltproject.org/, and must be cited.",
    },
    schema: CONTRACT_TABLES.map(schemaObject),
    slaProperties: serviceLevels(),
  };
  return (
    "# What readers of Silver may rely on: https://bitol-io.github.io/open-data-contract-standard\n" +
    "# Written by scripts/contract.ts from src/gdelt/silver-schema.ts; change it there.\n" +
    stringify(contract, { lineWidth: 100 })
  );
}

function schemaObject(table: ContractTable) {
  const { name, described, lake, mart, rules } = table;
  const identity = lake.identity?.columns ?? [];
  const quality = [
    ...(identity.length === 0 ? [] : [uniqueness(identity)]),
    ...rules.map(({ description, sql }) => ({
      description,
      type: "sql",
      query: sql(TABLE),
      mustBe: 0,
      dimension: "consistency",
    })),
  ];
  return {
    name,
    physicalName: lake.folder,
    logicalType: "object",
    physicalType: "table",
    description: described.description,
    ...(quality.length > 0 && { quality }),
    properties: [
      ...described.columns.map(({ field, description }) =>
        property(table, field, description, identity.indexOf(field.name)),
      ),
      {
        name: "slice_date",
        logicalType: "date",
        physicalType: "date",
        description: "The UTC day of slice, by which the lake's files are parted. Not in the mart.",
        partitioned: true,
        partitionKeyPosition: 1,
      },
    ],
    customProperties: [
      { property: "postgresTable", value: mart.name },
      { property: "postgresKey", value: mart.key },
    ],
  };
}

const uniqueness = (identity: readonly string[]) => ({
  description: `No two rows are equal in ${identity.join(", ")}.`,
  metric: "duplicateValues",
  arguments: { properties: identity },
  mustBe: 0,
  dimension: "uniqueness",
});

function property(table: ContractTable, field: Field, description: string, keyAt: number) {
  const { lake, values } = table;
  const { name, nullable } = field;
  const validValues = values[name];
  return {
    name,
    ...logicalType(field),
    physicalType: deltaTypeName(lake.folder, field),
    description,
    required: !nullable,
    ...(keyAt >= 0 && { primaryKey: true, primaryKeyPosition: keyAt + 1 }),
    ...(validValues !== undefined && {
      quality: [
        {
          description: `One of ${validValues.join(", ")}.`,
          metric: "invalidValues",
          arguments: { validValues },
          mustBe: 0,
          dimension: "conformity",
        },
      ],
    }),
    customProperties: [{ property: "postgresType", value: postgresType(field).name }],
  };
}

/** @throws TypeError for an Arrow type that no table of Silver has so far. */
function logicalType({ name, type }: Field): object {
  if (DataType.isInt(type)) {
    return { logicalType: "integer", logicalTypeOptions: { format: `i${type.bitWidth}` } };
  }
  if (DataType.isFloat(type)) {
    return { logicalType: "number", logicalTypeOptions: { format: "f64" } };
  }
  if (DataType.isTimestamp(type)) {
    return { logicalType: "timestamp", logicalTypeOptions: { timezone: true } };
  }
  if (DataType.isList(type)) {
    const [element] = type.children;
    return { logicalType: "array", items: { name: "element", ...logicalType(element!) } };
  }
  if (DataType.isDate(type)) return { logicalType: "date" };
  if (DataType.isBool(type)) return { logicalType: "boolean" };
  if (DataType.isUtf8(type)) return { logicalType: "string" };
  if (DataType.isBinary(type)) {
    return { logicalType: "string", logicalTypeOptions: { format: "binary" } };
  }
  throw new TypeError(`column ${name}: there is no logical type for Arrow's ${type}`);
}

function serviceLevels() {
  const { sliceMs, eventRetentionMs } = SILVER_DEFAULTS;
  return [
    {
      property: "frequency",
      value: sliceMs / MINUTE_MS,
      unit: "minutes",
      description: "GDELT publishes a slice; its rows are written when all of its files are there.",
    },
    {
      property: "revisionPeriod",
      value: eventRetentionMs / DAY_MS,
      unit: "d",
      element: "silver.events, silver.mentions",
      description:
        "As long after its slice a row may be replaced by a newer revision (silver.event.retention, " +
        "as it is by default); only a reset or a backfill replaces older ones.",
    },
    {
      property: "retention",
      value: null,
      description: "Rows are never deleted; superseded revisions are, by lake compact.",
    },
    {
      property: "timeTravel",
      value: removedFileRetentionMs(NO_PROPERTIES) / DAY_MS,
      unit: "d",
      description:
        "As long a former version of a table can be read at least (delta.deletedFileRetentionDuration).",
    },
  ];
}
