import {
  DataType,
  DateUnit,
  type Field,
  Precision,
  type Schema,
  type Timestamp,
  TimeUnit,
  Type,
} from "apache-arrow";
import { ConfigError } from "../../record/errors.ts";
import type { MetaData } from "./actions.ts";

/** A Delta type as its schema JSON spells it: a name, or an array, struct or map. */
type DeltaType =
  | string
  | { readonly type: "struct"; readonly fields: readonly DeltaField[] }
  | { readonly type: "array"; readonly elementType: DeltaType; readonly containsNull: boolean }
  | {
      readonly type: "map";
      readonly keyType: DeltaType;
      readonly valueType: DeltaType;
      readonly valueContainsNull: boolean;
    };

interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the writer knows of the table it wants: `dateColumn` is the partition, not in the files. */
export interface TableSchema {
  readonly table: string;
  readonly schema: Schema;
  readonly dateColumn: string | null;
}

/** The `schemaString` of a new table: the file's columns, then the partition's. */
export function schemaString({ table, schema, dateColumn }: TableSchema): string {
  const fields = schema.fields.map((field) => deltaField(table, field));
  if (dateColumn !== null) fields.push(datePartition(dateColumn));
  return JSON.stringify({ type: "struct", fields });
}

const datePartition = (name: string): DeltaField => ({
  name,
  type: "date",
  nullable: true,
  metadata: {},
});

/**
 * How a table that exists stands to the schema we write. `evolve`: we have further nullable columns
 * at the end; `schemaString` is the table's with those added. `ahead`: the table has them, from a
 * newer version of the program, and our files read as null there.
 * @throws ConfigError for any other difference.
 */
export function compareSchema(
  ours: TableSchema,
  metaData: MetaData,
):
  | { readonly kind: "same" | "ahead" }
  | { readonly kind: "evolve"; readonly schemaString: string } {
  const { table, schema, dateColumn } = ours;
  const partitions = metaData.partitionColumns.join(", ");
  if (partitions !== (dateColumn ?? "")) {
    throw new ConfigError(
      `table ${table} is partitioned by (${partitions}), the program writes it partitioned by ` +
        `(${dateColumn ?? ""}); write to a new table`,
    );
  }
  const all = (JSON.parse(metaData.schemaString) as { fields: DeltaField[] }).fields;
  const theirs = all.filter((field) => field.name !== dateColumn);
  const wanted = schema.fields.map((field) => deltaField(table, field));
  for (const [i, want] of wanted.slice(0, theirs.length).entries()) {
    checkField(table, i, want, theirs[i]!);
  }
  for (const field of [...wanted.slice(theirs.length), ...theirs.slice(wanted.length)]) {
    if (!field.nullable) {
      const who = wanted.length > theirs.length ? "the program adds" : "the table has added";
      throw new ConfigError(
        `table ${table}, column ${field.name}: ${who} it as ${typeName(field.type)} not null, ` +
          "but only a nullable column can be added to a table",
      );
    }
  }
  if (wanted.length <= theirs.length) {
    return { kind: wanted.length === theirs.length ? "same" : "ahead" };
  }
  const fields = [...all, ...wanted.slice(theirs.length)];
  return { kind: "evolve", schemaString: JSON.stringify({ type: "struct", fields }) };
}

function checkField(table: string, at: number, want: DeltaField, have: DeltaField): void {
  const wanted = describe(want);
  const found = describe(have);
  if (wanted !== found) {
    throw new ConfigError(
      `table ${table}, column ${at + 1}: the program writes ${wanted}, the table has ${found}; ` +
        "columns may only be added, nullable and at the end",
    );
  }
  if ("delta.invariants" in have.metadata) {
    throw new ConfigError(
      `table ${table}, column ${have.name}: it has a constraint (delta.invariants) which this ` +
        "writer cannot check; drop the constraint",
    );
  }
}

const describe = ({ name, type, nullable }: DeltaField): string =>
  `${name} ${typeName(type)}${nullable ? "" : " not null"}`;

function typeName(type: DeltaType): string {
  if (typeof type === "string") return type;
  const orNot = (nullable: boolean) => (nullable ? "" : " not null");
  switch (type.type) {
    case "array":
      return `array<${typeName(type.elementType)}${orNot(type.containsNull)}>`;
    case "map":
      return `map<${typeName(type.keyType)}, ${typeName(type.valueType)}${orNot(type.valueContainsNull)}>`;
    case "struct":
      return `struct<${type.fields.map(describe).join(", ")}>`;
  }
}

const deltaField = (table: string, { name, type, nullable }: Field): DeltaField => ({
  name,
  type: deltaType(table, name, type),
  nullable,
  metadata: {},
});

/** How messages and the contract write the Delta type of a column, as `array<string not null>`. */
export const deltaTypeName = (table: string, { name, type }: Field): string =>
  typeName(deltaType(table, name, type));

function deltaType(table: string, column: string, type: DataType): DeltaType {
  if (DataType.isTimestamp(type)) return timestampType(table, column, type);
  if (DataType.isDictionary(type)) return deltaType(table, column, type.dictionary);
  const found = nestedType(table, column, type) ?? flatType(type);
  if (found !== undefined) return found;
  throw new ConfigError(
    `table ${table}, column ${column}: Arrow type ${type} has no Delta type; use another`,
  );
}

const INTEGERS: Readonly<Record<number, string>> = {
  8: "byte",
  16: "short",
  32: "integer",
  64: "long",
};

function flatType(type: DataType): DeltaType | undefined {
  if (DataType.isInt(type)) return type.isSigned ? INTEGERS[type.bitWidth] : undefined;
  if (DataType.isDate(type)) return type.unit === DateUnit.DAY ? "date" : undefined;
  if (DataType.isDecimal(type)) return `decimal(${type.precision},${type.scale})`;
  if (DataType.isFloat(type)) return FLOATS[type.precision];
  return FLAT[type.typeId as number];
}

const FLOATS: Readonly<Record<number, string>> = {
  [Precision.SINGLE]: "float",
  [Precision.DOUBLE]: "double",
};

const FLAT: Readonly<Record<number, string>> = {
  [Type.Bool]: "boolean",
  [Type.Utf8]: "string",
  [Type.LargeUtf8]: "string",
  [Type.Binary]: "binary",
  [Type.LargeBinary]: "binary",
};

function nestedType(table: string, column: string, type: DataType): DeltaType | undefined {
  switch (type.typeId) {
    case Type.List: {
      const element = type.children[0] as Field;
      const elementType = deltaType(table, `${column}.element`, element.type);
      return { type: "array", elementType, containsNull: element.nullable };
    }
    case Type.Struct:
      return {
        type: "struct",
        fields: (type.children as Field[]).map((field) => deltaField(table, field)),
      };
    case Type.Map: {
      const [key, value] = (type.children[0] as Field).type.children as Field[];
      return {
        type: "map",
        keyType: deltaType(table, `${column}.key`, key!.type),
        valueType: deltaType(table, `${column}.value`, value!.type),
        valueContainsNull: value!.nullable,
      };
    }
    default:
      return undefined;
  }
}

function timestampType(table: string, column: string, type: Timestamp): DeltaType {
  const { unit, timezone } = type;
  const fits = unit === TimeUnit.MICROSECOND || unit === TimeUnit.MILLISECOND;
  // Without a zone it would be timestampNtz, which forces every reader to protocol 3.
  if (fits && timezone === "UTC") return "timestamp";
  throw new ConfigError(
    `table ${table}, column ${column}: a timestamp must be in ms or µs and zone UTC, not ${type}`,
  );
}
