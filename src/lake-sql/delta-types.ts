/** A column of a table: its name, and its type in DuckDB's SQL. */
export interface SqlColumn {
  readonly name: string;
  readonly type: string;
}

type DeltaType =
  | string
  | { readonly type: "struct"; readonly fields: readonly DeltaField[] }
  | { readonly type: "array"; readonly elementType: DeltaType }
  | { readonly type: "map"; readonly keyType: DeltaType; readonly valueType: DeltaType };

interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
}

/** The columns that the `schemaString` of a Delta table names, the partition's among them. */
export function sqlColumns(schemaString: string): SqlColumn[] {
  const { fields } = JSON.parse(schemaString) as { fields: readonly DeltaField[] };
  return fields.map(({ name, type }) => ({ name, type: sqlType(type) }));
}

const FLAT: Readonly<Record<string, string>> = {
  string: "VARCHAR",
  long: "BIGINT",
  integer: "INTEGER",
  short: "SMALLINT",
  byte: "TINYINT",
  float: "FLOAT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  binary: "BLOB",
  date: "DATE",
  timestamp: "TIMESTAMPTZ",
};

function sqlType(type: DeltaType): string {
  // What is not in the list, `decimal(10,2)`, is spelled alike in both.
  if (typeof type === "string") return FLAT[type] ?? type;
  if (type.type === "array") return `${sqlType(type.elementType)}[]`;
  if (type.type === "map") return `MAP(${sqlType(type.keyType)}, ${sqlType(type.valueType)})`;
  const fields = type.fields.map(({ name, type: of }) => `${quoteName(name)} ${sqlType(of)}`);
  return `STRUCT(${fields.join(", ")})`;
}

/** A name as SQL takes it, whatever is in it. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as SQL takes it. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
