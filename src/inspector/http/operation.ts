/** A JSON Schema, as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a route says of itself: an operation of OpenAPI, as short as it can be written. */
export interface Operation {
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** By status. Every route may say 401, 404, 405, 413, 421, 429 and 500 besides. */
  readonly responses: Readonly<Record<number, Response>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly description: string;
  readonly schema: Schema;
}

interface Response {
  readonly description: string;
  /** Of what is JSON, */
  readonly schema?: Schema;
  /** and the types of what is not. */
  readonly types?: readonly string[];
}

export const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

export const array = (items: Schema): Schema => ({ type: "array", items });

export const text: Schema = { type: "string" };
export const number: Schema = { type: "number" };
export const integer: Schema = { type: "integer" };
export const flag: Schema = { type: "boolean" };
export const anything: Schema = {};
export const oneOf = (...values: readonly (string | null)[]): Schema => ({ enum: values });

/** Or null. */
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });

/** Of any names, all alike. */
export const mapOf = (values: Schema): Schema => ({
  type: "object",
  additionalProperties: values,
});

export const errorSchema: Schema = object({ error: text });
