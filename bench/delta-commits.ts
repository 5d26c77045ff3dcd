import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { DataType, vectorFromArray } from "apache-arrow";
import { openObjectStore } from "../src/app/open-object-store.ts";
import { silverEventsSchema as schema } from "../src/gdelt/silver-schema.ts";
import { withColumns } from "../src/sinks/batch-shape.ts";
import { DeltaTable } from "../src/sinks/delta/delta-table.ts";

/**
 * Appends to a table of `silver.events`, commit by commit, one small file each, and prints how long
 * a commit takes against how many there are: the latency to a reader, and what opening the table
 * costs at the end. `node bench/delta-commits.ts [--commits N] [--place s3://bucket/prefix]`
 */
const { values: args } = parseArgs({
  options: {
    commits: { type: "string", default: "10000" },
    parts: { type: "string", default: "10" },
    rows: { type: "string", default: "20" },
    place: { type: "string" },
    name: { type: "string" },
  },
});
const commits = Number(args.commits);
const perPart = Math.ceil(commits / Number(args.parts));

const rowsPerCommit = Number(args.rows);

/** Rows of a commit: their statistics are as wide as real ones, and other than those before. */
function batch(commit: number) {
  const children = schema.fields.map(({ name, type }) => {
    const value = (row: number): unknown => {
      const i = commit * rowsPerCommit + row;
      if (DataType.isList(type)) return ["THEME", "OTHER"];
      if (DataType.isUtf8(type)) return `${name} ${i} of some length`;
      if (DataType.isTimestamp(type)) return Date.UTC(2024, 0, 1) + i;
      if (DataType.isDate(type)) return new Date("2024-01-01");
      if (DataType.isBool(type)) return true;
      return DataType.isInt(type) && type.bitWidth === 64 ? BigInt(i) : i;
    };
    const values = Array.from({ length: rowsPerCommit }, (_, row) => value(row));
    return vectorFromArray(values as never, type).data[0]!;
  });
  return withColumns(schema, rowsPerCommit, children);
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const at = (values: readonly number[], share: number) =>
  Number(
    sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))]!.toFixed(1),
  );

async function timed<T>(body: () => Promise<T>): Promise<[T, number]> {
  const startMs = performance.now();
  return [await body(), performance.now() - startMs];
}

const folder = args.place === undefined ? await mkdtemp(path.join(tmpdir(), "commits-")) : null;
try {
  const store = await openObjectStore({ place: args.place ?? folder!, commits: true });
  const options = {
    store,
    root: `bench-${randomUUID()}`,
    name: "events",
    schema,
    datedBy: "slice",
    clock: { nowMs: () => Date.now() },
    uniqueName: randomUUID,
  };
  const table = await DeltaTable.open(options);
  const parts: object[] = [];
  for (let part = 0; part * perPart < commits; part++) {
    const ms: number[] = [];
    for (let n = part * perPart; n < Math.min(commits, (part + 1) * perPart); n++) {
      const rows = batch(n);
      const [, took] = await timed(() =>
        table.append([rows], [{ appId: "a", previous: n === 0 ? null : n, version: n + 1 }]),
      );
      ms.push(took);
    }
    const [, openMs] = await timed(() => DeltaTable.open(options));
    const figures = {
      commits: part * perPart + ms.length,
      medianMs: at(ms, 0.5),
      p90Ms: at(ms, 0.9),
      p99Ms: at(ms, 0.99),
      mostMs: at(ms, 1),
      openMs: Math.round(openMs),
      rssMb: Math.round(process.memoryUsage().rss / 1e6),
    };
    parts.push(figures);
    console.error(JSON.stringify(figures));
  }
  const result = {
    machine: `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`,
    store: args.place === undefined ? "a folder" : "S3",
    parts,
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  console.log(text);
  if (args.name !== undefined) {
    await writeFile(path.join(import.meta.dirname, "results", `${args.name}.json`), text);
  }
} finally {
  if (folder !== null) await rm(folder, { recursive: true });
}
