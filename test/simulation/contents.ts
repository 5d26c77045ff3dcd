import assert from "node:assert/strict";
import type { RecordBatch, Vector } from "apache-arrow";

/** How the rows of a table are told apart, and what two equal tables may differ in. */
interface TableShape {
  readonly node: string;
  readonly key: readonly string[];
  /** Of several rows with one key the newest is current; else every row is. */
  readonly revised: boolean;
  readonly ignored: ReadonlySet<string>;
}

const CLOCKS = ["completed_at", "silver_committed_at", "reached_at", "seen_at"];
const ignored = new Set([...CLOCKS, "revision", "generation"]);

export const TABLES: readonly TableShape[] = [
  { node: "silver-events-lake", key: ["global_event_id"], revised: true, ignored },
  { node: "silver-mentions-lake", key: ["mention_key"], revised: true, ignored },
  { node: "lifecycle-lake", key: ["global_event_id", "state"], revised: false, ignored },
  {
    node: "dead-letter-lake",
    key: ["feed", "file", "row", "reason"],
    revised: false,
    // Where a row lies in the log depends on how it was published, not on what it is.
    ignored: new Set([...ignored, "topic", "partition", "offset"]),
  },
];

/** The current rows of each table, as sorted text. */
export type Contents = Readonly<Record<string, readonly string[]>>;

interface Row {
  readonly batch: RecordBatch;
  readonly row: number;
  /** Of (generation, revision): the greatest is current. */
  readonly rank: number;
}

/**
 * Reads the tables' current rows, which come in the order of their topics, and checks what holds for every table: no (key, generation, revision) twice, and the
 * revisions of a key only grow.
 */
export async function contentsOf(
  batches: (node: string) => Promise<readonly RecordBatch[]>,
): Promise<Contents> {
  const contents: Record<string, string[]> = {};
  for (const shape of TABLES) contents[shape.node] = currentRows(shape, await batches(shape.node));
  return contents;
}

function currentRows(shape: TableShape, batches: readonly RecordBatch[]): string[] {
  const newest = new Map<string, Row>();
  const revisionOf = new Map<string, number>();
  const rows: string[] = [];
  for (const batch of batches) {
    const keys = shape.key.map((name) => batch.getChild(name)!);
    const revisions = batch.getChild("revision");
    const generations = batch.getChild("generation");
    const describe = describer(batch, shape.ignored);
    for (let row = 0; row < batch.numRows; row++) {
      if (!shape.revised) {
        rows.push(describe(row));
        continue;
      }
      const key = keys.map((vector) => text(vector, row)).join("|");
      const generation = generations!.get(row) as number;
      const revision = revisions!.get(row) as number;
      // Those of one generation come in order; another may have had the key elsewhere.
      const before = revisionOf.get(`${generation} ${key}`) ?? 0;
      assert(revision > before, `${shape.node} ${key}: revision ${revision} after ${before}`);
      revisionOf.set(`${generation} ${key}`, revision);
      const rank = generation * 1e6 + revision;
      if (rank > (newest.get(key)?.rank ?? 0)) newest.set(key, { batch, row, rank });
    }
  }
  const describers = new Map<RecordBatch, (row: number) => string>();
  for (const { batch, row } of newest.values()) {
    const describe = describers.get(batch) ?? describer(batch, shape.ignored);
    describers.set(batch, describe);
    rows.push(describe(row));
  }
  return rows.sort();
}

function describer(batch: RecordBatch, leftOut: ReadonlySet<string>): (row: number) => string {
  const columns = batch.schema.fields
    .map(({ name }, at) => ({ name, vector: batch.getChildAt(at)! }))
    .filter(({ name }) => !leftOut.has(name));
  return (row) => {
    let described = "";
    for (const { name, vector } of columns) {
      const value = text(vector, row);
      if (value !== "") described += ` ${name}=${value}`;
    }
    return described;
  };
}

function text(vector: Vector, row: number): string {
  const value: unknown = vector.get(row);
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "object") return `[${[...(value as Iterable<unknown>)].join(";")}]`;
  return String(value);
}

/** The first differences, for a person; empty when the contents are equal. */
export function differences(expected: Contents, found: Contents): string[] {
  return TABLES.flatMap(({ node }) => {
    const missing = without(expected[node]!, found[node]!);
    const extra = without(found[node]!, expected[node]!);
    return [
      ...missing.slice(0, 2).map((row) => `${node}: lacks${row}`),
      ...extra.slice(0, 2).map((row) => `${node}: has  ${row}`),
    ];
  });
}

/** Every row once: what a later generation emits again is there as often. */
export const distinct = (contents: Contents): Contents =>
  Object.fromEntries(TABLES.map(({ node }) => [node, [...new Set(contents[node]!)]]));

/** Rows of `a` that `b` does not have as often; both are sorted. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left: string[] = [];
  let at = 0;
  for (const row of a) {
    while (at < b.length && b[at]! < row) at++;
    if (at < b.length && b[at] === row) at++;
    else left.push(row);
  }
  return left;
}
