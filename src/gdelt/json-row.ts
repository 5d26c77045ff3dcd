import { type RecordBatch, type Schema, Type } from "apache-arrow";

/** A value as JSON has it: times in ISO 8601, days as `2026-01-31`. */
export type JsonValue = string | number | boolean | null | readonly string[];

export type JsonRow = Readonly<Record<string, JsonValue>>;

/**
 * Values of a table's columns as JSON, wherever they come from: Arrow has times in ms, databases tell
 * them as text. A column that is not there is null.
 */
export const jsonRow = (schema: Schema, value: (column: string) => unknown): JsonRow =>
  Object.fromEntries(
    schema.fields.map(({ name, type }) => [name, jsonValue(type.typeId, value(name))]),
  );

/** The rows of a batch of that schema. */
export const jsonRows = (batch: RecordBatch): JsonRow[] =>
  Array.from({ length: batch.numRows }, (_, row) =>
    jsonRow(batch.schema, (name) => batch.getChild(name)?.get(row)),
  );

function jsonValue(type: Type, value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  switch (type) {
    case Type.Timestamp:
      return timeOf(value).toISOString();
    case Type.Date:
      return timeOf(value).toISOString().slice(0, 10);
    case Type.List:
      return [...(value as Iterable<string>)];
    case Type.Int:
      return Number(value);
    default:
      return value as JsonValue;
  }
}

/** As `2026-01-31 00:15:00+00`, or `…T…`, with or without the zone, which is UTC. */
function timeOf(value: unknown): Date {
  if (typeof value !== "string") return new Date(Number(value));
  const time = value.replace(" ", "T").replace(/\+00(?::?00)?$/, "");
  return new Date(time.includes("T") && !time.endsWith("Z") ? `${time}Z` : time);
}
