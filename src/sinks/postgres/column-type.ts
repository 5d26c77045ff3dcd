import { type DataType, type Field, Type } from "apache-arrow";
import { TopologyError } from "../../record/errors.ts";

/** How Postgres has an Arrow column. */
export interface ColumnType {
  /** As `format_type` writes it. */
  readonly name: string;
  /** Its object id, which is the same in every Postgres. */
  readonly oid: number;
}

const columnType = (name: string, oid: number): ColumnType => ({ name, oid });

const BIGINT = columnType("bigint", 20);
const INTEGER = columnType("integer", 23);
export const TEXT = columnType("text", 25);
const TEXT_LIST = columnType("text[]", 1009);
const DOUBLE = columnType("double precision", 701);
const BOOLEAN = columnType("boolean", 16);
const BYTEA = columnType("bytea", 17);
const DATE = columnType("date", 1082);
const TIMESTAMP = columnType("timestamp with time zone", 1184);

/** @throws TopologyError for a type that no table has so far. */
export function postgresType({ name, type }: Pick<Field, "name" | "type">): ColumnType {
  switch (type.typeId) {
    case Type.Int:
      return type.bitWidth === 64 ? BIGINT : INTEGER;
    case Type.Float:
      return DOUBLE;
    case Type.Bool:
      return BOOLEAN;
    case Type.Utf8:
      return TEXT;
    case Type.Binary:
      return BYTEA;
    case Type.Date:
      return DATE;
    case Type.Timestamp:
      return TIMESTAMP;
    case Type.List:
      if (isText(type.children[0]?.type)) return TEXT_LIST;
  }
  throw new TopologyError(`column ${name}: there is no Postgres type for Arrow's ${type}`);
}

const isText = (type: DataType | undefined): boolean => type?.typeId === Type.Utf8;
