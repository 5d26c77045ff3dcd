import assert from "node:assert/strict";
import { test } from "node:test";
import { minio } from "../../scripts/services/minio.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { compactTable } from "../../src/sinks/delta/compaction.ts";
import { DeltaTable } from "../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import { verifyTable } from "../../src/sinks/delta/verify-table.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { ownBucket } from "../services/own-bucket.ts";
import { ownInstance } from "../services/own-instance.ts";
import { contentsOf } from "../sinks/delta/sink-source.ts";
import { storeOf } from "./store-of.ts";
import { everyId, positionsAt, tableOptions, writeAll } from "./table-writer.ts";

const instance = ownInstance("s3-killed");
const skip = !(await minio.software.isInstalled()) && "MinIO is not installed";
const root = "t";
const KILLS = 4;

test("a MinIO that is killed again and again loses and doubles no row", { skip }, async (t) => {
  const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
  t.diagnostic(`STREAMS_SEED=${seed}`);
  const random = new Random(seed);
  const { ports, ...started } = await instance.start(minio, await thisProcess());
  let { servers } = started;
  const bucket = await ownBucket(minio.endpoint(ports), "killed");
  const partitions = 3;
  let records = 0;
  for (let kills = 0; kills < KILLS; kills++) {
    records += 10;
    // Whichever request is on its way then, and those beside it.
    const at = 1 + random.below(60);
    let requests = 0;
    let restarted: Promise<unknown> | null = null;
    const killing = new InterceptedObjectStore(storeOf(bucket, "lake"), (_, request) => {
      if (++requests === at) {
        for (const { pid } of servers) process.kill(pid, "SIGKILL");
        restarted = instance.restart(minio).then((state) => {
          servers = state.servers;
        });
      }
      return request();
    });
    const task = { bucket, prefix: "lake", root, records, perCommit: 1 };
    await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        writeAll({ ...task, partition }, killing),
      ),
    );
    assert.ok(restarted !== null, `only ${requests} requests`);
    await restarted;
  }
  const store = storeOf(bucket, "lake");
  await compactTable(await DeltaTable.open(tableOptions(bucket, "lake", root)), {
    newest: { key: ["id"], rank: ["generation", "revision"] },
    fileBytesMin: 1 << 20,
    fileBytesMax: 8 << 20,
  });
  const { ids, positions } = await contentsOf(store, root);
  assert.deepEqual(ids, everyId(partitions, records));
  assert.deepEqual(positions, positionsAt(partitions, records));
  const identity = { kind: "key", columns: ["id", "generation", "revision"] } as const;
  assert.deepEqual((await verifyTable(new DeltaLog(store, root), identity)).findings, []);
});
