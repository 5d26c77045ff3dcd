import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import { verifyTable } from "../../src/sinks/delta/verify-table.ts";
import { service } from "../services/service.ts";
import { contentsOf } from "../sinks/delta/sink-source.ts";
import { type Fault, FaultProxy } from "./fault-proxy.ts";
import { storeOf } from "./store-of.ts";
import { everyId, positionsAt, writeAll } from "./table-writer.ts";
import { WriterProcess } from "./writer-process.ts";

const { connection: bucket, skip } = await service("minio");
const root = "t";
const identity = { kind: "key", columns: ["id", "generation", "revision"] } as const;

async function mustBeWhole(prefix: string, partitions: number, records: number): Promise<void> {
  const store = storeOf(bucket!, prefix);
  const { ids, positions } = await contentsOf(store, root);
  assert.deepEqual(ids, everyId(partitions, records));
  assert.deepEqual(positions, positionsAt(partitions, records));
  assert.deepEqual((await verifyTable(new DeltaLog(store, root), identity)).findings, []);
}

const FAULTS: readonly Fault[] = ["half", "lost", "unanswered", 503, 500];

test("whatever requests are cut, refused or left unanswered, every row is there once", {
  skip,
}, async (t) => {
  const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
  t.diagnostic(`STREAMS_SEED=${seed}`);
  const random = new Random(seed);
  const proxy = await FaultProxy.start(bucket!.endpoint);
  try {
    proxy.faultOf = () => (random.below(100) < 15 ? FAULTS[random.below(FAULTS.length)]! : null);
    const through = { ...bucket!, endpoint: proxy.url };
    const [partitions, records] = [3, 20];
    const at = { bucket: through, prefix: "faults", root, records, perCommit: 2 };
    const writers = Array.from({ length: partitions }, (_, partition) =>
      writeAll({ ...at, partition }),
    );
    await Promise.all(writers);
    await mustBeWhole("faults", partitions, records);
  } finally {
    await proxy.stop();
  }
});

/** The request at which a writer is killed, and how far that comes. */
const DEATHS: readonly (readonly [when: string, path: RegExp, fault: Fault])[] = [
  ["in the middle of the upload of a data file", /\/part-/, "half"],
  ["after a data file, whose answer is lost", /\/part-/, "unanswered"],
  ["between the data and the log", /_delta_log\/\d+\.json$/, "lost"],
  ["in the middle of its commit", /_delta_log\/\d+\.json$/, "half"],
  ["after its commit, before the answer", /_delta_log\/\d+\.json$/, "unanswered"],
  ["in the middle of a checkpoint", /\.checkpoint\.parquet$/, "half"],
  ["between a checkpoint and the pointer to it", /_last_checkpoint$/, "lost"],
];

test("wherever a writer is killed, the next goes on, and no row is lost or doubled", {
  skip,
}, async () => {
  const proxy = await FaultProxy.start(bucket!.endpoint);
  try {
    const through = { ...bucket!, endpoint: proxy.url };
    let records = 0;
    for (const [when, path, fault] of DEATHS) {
      records += 6;
      const task = { bucket: through, prefix: "deaths", root, partition: 0, records, perCommit: 1 };
      let hits = 0;
      // Not the first: that of a commit may be the table's own creation.
      proxy.faultOf = (method, url) => {
        const isIt = method === "PUT" && path.test(new URL(url, proxy.url).pathname);
        return isIt && ++hits === (/checkpoint/.test(when) ? 1 : 3) ? fault : null;
      };
      const victim = new WriterProcess(task);
      proxy.spoiled = () => victim.kill();
      assert.equal((await victim.ended).how, "SIGKILL", when);
      proxy.faultOf = () => null;
      await writeAll(task);
      await mustBeWhole("deaths", 1, records);
    }
  } finally {
    await proxy.stop();
  }
});
