import type { Schema } from "apache-arrow";
import { ConfigError } from "../../record/errors.ts";
import { postgresType } from "./column-type.ts";
import type { Transaction } from "./database.ts";

export interface ShapeColumn {
  readonly name: string;
  /** Object id of its type. */
  readonly type: number;
  /** Which column of ours; null: a newer version of the program has added it. */
  readonly ours: number | null;
}

/** A table as the database has it now. */
export interface TableShape {
  /** Object id of the type that a row of it has. */
  readonly rowType: number;
  /** In the order of the row type. */
  readonly columns: readonly ShapeColumn[];
}

const COLUMNS_OF = `
  select c.reltype, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attnotnull
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.oid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
  order by a.attnum`;

/**
 * Looks the table up, and whether the schema's rows fit. Further columns that take null are no harm.
 * @throws ConfigError when they do not fit.
 */
export async function readTableShape(
  tx: Transaction,
  table: string,
  schema: Schema,
): Promise<TableShape> {
  const { rows } = await tx.query(COLUMNS_OF, [table]);
  if (rows.length === 0) {
    throw new ConfigError(`there is no table ${table}, or it cannot be seen: apply the migrations`);
  }
  const types = new Map(rows.map(([, name, , type]) => [name, type]));
  for (const field of schema.fields) {
    const wanted = postgresType(field).name;
    const found = types.get(field.name);
    if (found !== wanted) {
      throw new ConfigError(
        `table ${table}, column ${field.name}: the program writes ${wanted}, the table has ` +
          `${found ?? "no such column"}; apply the migrations of this version`,
      );
    }
  }
  const columns = rows.map(([, name, type, typeName, notNull]) => {
    const at = schema.fields.findIndex((field) => field.name === name);
    if (at < 0 && notNull !== "f") {
      throw new ConfigError(
        `table ${table}, column ${name} ${typeName} not null is unknown to this version of the ` +
          "program: run the version that made it",
      );
    }
    return { name: name!, type: Number(type), ours: at < 0 ? null : at };
  });
  return { rowType: Number(rows[0]![0]), columns };
}
