import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compactTable } from "../../src/sinks/delta/compaction.ts";
import { DeltaTable } from "../../src/sinks/delta/delta-table.ts";
import { vacuum } from "../../src/sinks/delta/vacuum.ts";
import { pythonReaders, runPython } from "../python-readers.ts";
import { service } from "../services/service.ts";
import { asyncPropertyRuns, batchOf } from "../sinks/delta/delta-fixture.ts";
import { storageOptionsOf } from "./store-of.ts";
import { tableOptions } from "./table-writer.ts";

const { connection: bucket, skip } = await service("minio");
const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";

const root = "t";
const newest = {
  newest: { key: ["id"], rank: ["generation", "revision"] },
  fileBytesMin: 1 << 20,
  fileBytesMax: 8 << 20,
} as const;

/** Every version as delta-rs and pyarrow read it, and the newest rows of it as DuckDB finds them. */
const READERS = `
import json, sys
import duckdb
from deltalake import DeltaTable
question = json.load(sys.stdin)
answers = []
for version in range(question["versions"]):
    table = DeltaTable(question["uri"], version=version, storage_options=question["options"])
    dataset = table.to_pyarrow_dataset()
    read = dataset.to_table(columns=["id", "revision"]).to_pylist()
    rows = sorted([row["id"], row["revision"]] for row in read)
    newest = duckdb.sql("""
        select id, revision from dataset
        qualify row_number() over (partition by id order by generation desc, revision desc) = 1
        order by id""").fetchall()
    answers.append({"rows": rows, "newest": newest, "txn": table.transaction_version("app")})
json.dump(answers, sys.stdout)
`;

interface Answer {
  readonly rows: readonly (readonly [id: number, revision: number])[];
  readonly newest: readonly (readonly [id: number, revision: number])[];
  readonly txn: number | null;
}

type Rows = readonly { readonly id: number; readonly revision: number }[];

const rows = fc.array(
  fc.record({ id: fc.nat({ max: 5 }), revision: fc.integer({ min: 1, max: 4 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: rows }, fc.constant("compact" as const)), {
  minLength: 8,
  maxLength: 14,
});

/** What a version of the table must hold. */
interface Expected {
  /** How often a row is there. */
  readonly rows: ReadonlyMap<string, number>;
  readonly newest: ReadonlyMap<number, number>;
  readonly txn: number | null;
}

/** Does the steps, and says of each version what a naive table would hold. */
async function run(table: DeltaTable, script: readonly (Rows | "compact")[]): Promise<Expected[]> {
  const expected: Expected[] = [{ rows: new Map(), newest: new Map(), txn: null }];
  let txn: number | null = null;
  for (const step of script) {
    const last = expected.at(-1)!;
    if (step === "compact") {
      await compactTable(table, newest);
      // A version or two, or none: the first takes superseded rows away, the second changes none.
      const left = new Map([...last.newest].map(([id, revision]) => [`${id} ${revision}`, 1]));
      while (expected.length <= table.snapshot.version) expected.push({ ...last, rows: left });
      continue;
    }
    const held = new Map(last.rows);
    const next: number = (txn ?? 0) + 1;
    await table.append([batchOf(step)], [{ appId: "app", previous: txn, version: next }]);
    txn = next;
    const best = new Map(last.newest);
    for (const { id, revision } of step) {
      held.set(`${id} ${revision}`, (held.get(`${id} ${revision}`) ?? 0) + 1);
      best.set(id, Math.max(best.get(id) ?? 0, revision));
    }
    expected.push({ rows: held, newest: best, txn });
  }
  return expected;
}

test("delta-rs and DuckDB read every version on S3 as a naive table has it", {
  skip: skip || noPython,
}, async () => {
  let prefixes = 0;
  await asyncPropertyRuns(
    fc.asyncProperty(steps, async (script) => {
      const prefix = `versions-${prefixes++}`;
      const options = tableOptions(bucket!, prefix, root);
      const table = await DeltaTable.open({ ...options, commitsPerCheckpoint: 3 });
      const expected = await run(table, script);
      // Nothing is old enough to go.
      await vacuum(table.log, { retentionMs: null, force: false, dryRun: false }, options.clock);
      const answers = (await runPython(python!, READERS, {
        uri: `s3://${bucket!.bucket}/${prefix}/${root}`,
        options: storageOptionsOf(bucket!),
        versions: expected.length,
      })) as Answer[];
      for (const [version, answer] of answers.entries()) {
        const want = expected[version]!;
        assert.equal(answer.txn, want.txn, `version ${version}`);
        assert.deepEqual(new Map(answer.newest), want.newest, `version ${version}`);
        const counts = new Map<string, number>();
        for (const [id, revision] of answer.rows) {
          counts.set(`${id} ${revision}`, (counts.get(`${id} ${revision}`) ?? 0) + 1);
        }
        assert.deepEqual(counts, want.rows, `version ${version}`);
      }
    }),
    4,
  );
});
