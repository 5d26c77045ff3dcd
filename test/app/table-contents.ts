import type { Data, Schema } from "apache-arrow";
import { DataType } from "apache-arrow";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import { readParquet } from "../../src/sinks/delta/parquet-reader.ts";
import type { Database } from "../../src/sinks/postgres/database.ts";
import type { PostgresTable } from "../../src/sinks/postgres/upsert.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";

/** Rows by their key, every column as a text that is the same wherever the value lies. */
export type Contents = ReadonlyMap<string, readonly (string | null)[]>;

/** When it was committed differs from table to table. */
const compared = ({ fields }: Schema) =>
  fields.filter(({ name }) => name !== "silver_committed_at");

/** Of each key the newest row of a Delta table. */
export async function lakeContents(
  dataFolder: string,
  folder: string,
  { schema, key, rank }: PostgresTable,
): Promise<Contents> {
  const store = new FolderObjectStore(dataFolder);
  const log = new DeltaLog(store, folder);
  const contents = new Map<string, (string | null)[]>();
  const fields = compared(schema);
  const at = (name: string) => fields.findIndex((field) => field.name === name);
  const rankOf = (row: readonly (string | null)[]) =>
    (rank ?? []).reduce((sum, name) => sum * 2 ** 26 + Number(row[at(name)]), 0);
  for (const file of (await log.load())!.files.keys()) {
    for (const batch of readParquet((await store.get(log.path(decodeURIComponent(file))))!)) {
      const columns = fields.map(({ name }) => textsOf(batch.getChild(name)!.data[0]!));
      for (let i = 0; i < batch.numRows; i++) {
        const row = columns.map((text) => text(i));
        const name = JSON.stringify(key.map((column) => row[at(column)]));
        const known = contents.get(name);
        if (known === undefined || rankOf(row) > rankOf(known)) contents.set(name, row);
      }
    }
  }
  return contents;
}

/** All rows of a Postgres table; one that has a key twice is no contents. */
export async function martContents(
  database: Database,
  { name, schema, key }: PostgresTable,
): Promise<Contents> {
  const fields = compared(schema);
  const columns = fields.map(({ name: column, type }) => {
    const quoted = `"${column}"`;
    if (DataType.isTimestamp(type)) return `(extract(epoch from ${quoted}) * 1000000)::bigint`;
    if (DataType.isDate(type)) return `${quoted} - date '1970-01-01'`;
    if (DataType.isBinary(type)) return `encode(${quoted}, 'hex')`;
    return DataType.isList(type) ? `to_json(${quoted})` : quoted;
  });
  const contents = new Map<string, (string | null)[]>();
  for (const found of await ask(database, `select ${columns.join(", ")} from ${name}`)) {
    const row = found.map((text, i) => {
      if (text === null) return null;
      if (DataType.isFloat(fields[i]!.type)) return String(Number(text));
      return DataType.isList(fields[i]!.type) ? JSON.stringify(JSON.parse(text)) : text;
    });
    const at = (column: string) => fields.findIndex((field) => field.name === column);
    const rowName = JSON.stringify(key.map((column) => row[at(column)]));
    if (contents.has(rowName)) throw new Error(`${name} has ${rowName} twice`);
    contents.set(rowName, row);
  }
  return contents;
}

function textsOf(data: Data): (row: number) => string | null {
  const { type, values, valueOffsets } = data;
  const bytes = (row: number) =>
    Buffer.from((values as Uint8Array).subarray(valueOffsets[row], valueOffsets[row + 1]));
  const text = (row: number): string => {
    if (DataType.isUtf8(type)) return bytes(row).toString();
    if (DataType.isBinary(type)) return bytes(row).toString("hex");
    if (DataType.isBool(type)) {
      const bit = data.offset + row;
      return (values[bit >> 3] >> (bit & 7)) & 1 ? "t" : "f";
    }
    if (!DataType.isList(type)) return String(values[row]);
    const item = textsOf(data.children[0]!);
    const [from, to] = [valueOffsets[row]!, valueOffsets[row + 1]!];
    return JSON.stringify(Array.from({ length: to - from }, (_, i) => item(from + i)));
  };
  return (row) => (data.nullCount > 0 && !data.getValid(row) ? null : text(row));
}
