import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Records } from "../src/record/record-batch.ts";
import { openEmbeddedLog } from "../src/sources/embedded-log/embedded-log.ts";

/**
 * Appends and reads rows of one size through the embedded log, and prints MB/s and rows/s as JSON.
 * `lines`: rows as they lie in a file. `scattered`: every fourth row, as one partition gets them.
 * The read finds the file in the page cache, as a consumer which keeps up does.
 */
const { values: args } = parseArgs({
  options: {
    "row-bytes": { type: "string", default: "800" },
    megabytes: { type: "string", default: "512" },
    "batch-rows": { type: "string", default: "5000" },
    folder: { type: "string", default: tmpdir() },
  },
});
const rowBytes = Number(args["row-bytes"]);
const rows = Number(args["batch-rows"]);
const batches = Math.ceil((Number(args.megabytes) * 1e6) / (rowBytes * rows));
const at = { topic: "t", partition: 0 };

function lines(stride: number): Records {
  const starts = Int32Array.from({ length: rows }, (_, i) => i * stride * (rowBytes + 1));
  return {
    ...at,
    bytes: new Uint8Array(rows * stride * (rowBytes + 1)).fill(97),
    starts,
    ends: starts.map((start) => start + rowBytes),
    length: rows,
    keys: null,
    timestampsMs: new Float64Array(rows).fill(1.5e12),
    ordinals: Int32Array.from({ length: rows }, (_, i) => i),
    headers: { file: "20150218230000.export.CSV" },
    control: null,
  };
}

async function measure(
  records: Records,
  bytesMax: number,
): Promise<{ append: object; read: object }> {
  const folder = await mkdtemp(join(args.folder, "embedded-log-bench-"));
  try {
    const log = await openEmbeddedLog({ folder });
    await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
    const producer = await log.producer("bench");
    const appending = process.cpuUsage();
    const appendStart = performance.now();
    for (let i = 0; i < batches; i++) {
      await producer.send(records);
      if (i % 16 === 15) await producer.commit();
    }
    await producer.commit();
    const append = rates(appendStart, appending);
    const reading = process.cpuUsage();
    const readStart = performance.now();
    let seen = 0;
    for (let batch = await log.read(at, 0, bytesMax); batch; ) {
      seen += batch.length;
      batch = await log.read(at, batch.nextOffset, bytesMax);
    }
    const read = rates(readStart, reading);
    if (seen !== rows * batches) throw new Error(`read ${seen} rows, not ${rows * batches}`);
    await log.close();
    return { append, read };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function rates(startMs: number, before: NodeJS.CpuUsage): object {
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  const count = rows * batches;
  return {
    mbPerSecond: Math.round((count * rowBytes) / seconds / 1e6),
    rowsPerSecond: Math.round(count / seconds),
    cpuMicrosPerRow: Number(((user + system) / count).toFixed(3)),
  };
}

const result = {
  machine: `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`,
  rowBytes,
  rows: rows * batches,
  lines: await measure(lines(1), 4 << 20),
  scattered: await measure(lines(4), 4 << 20),
  smallReads: await measure(lines(1), 64 << 10),
};
console.log(JSON.stringify(result, null, 2));
