import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../../src/record/errors.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { sealFrame } from "../../src/sources/embedded-log/frame.ts";
import { emptyCommit, encodeCommit } from "../../src/sources/embedded-log/journal-state.ts";
import { plain, toPlain, toRecords } from "./log-records.ts";
import { propertyRuns } from "./property-runs.ts";
import { randomFrom, SimulatedDisk } from "./simulated-disk.ts";

const at = { topic: "t", partition: 0 };

const open = (disk: SimulatedDisk, pid: number, segmentBytes = 2000) =>
  openEmbeddedLog({
    folder: "/log",
    segmentBytes,
    files: disk,
    processes: { pid, started: async (other) => (other === pid ? "now" : null) },
  });

async function readAll(log: Log): Promise<string[]> {
  const values: string[] = [];
  for (let batch = await log.read(at, 0, 1000); batch; ) {
    values.push(...toPlain(batch).rows.map(({ value }) => value));
    batch = await log.read(at, batch.nextOffset, 1000);
  }
  return values;
}

/** A log of several segments; the values it holds. */
async function filled(disk: SimulatedDisk, transactions: number): Promise<string[]> {
  const log = await open(disk, 1);
  await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
  const producer = await log.producer("p");
  for (let i = 0; i < transactions; i++) {
    await producer.send(toRecords("t", 0, plain(`${i}`.repeat(100), `${i}`)));
    await producer.sendOffsets("g", [{ ...at, offset: i, metadata: `m${i}` }]);
    await producer.commit();
  }
  const values = await readAll(log);
  await log.close();
  return values;
}

const journals = (disk: SimulatedDisk): string[] =>
  disk.paths().filter((path) => path.endsWith(".journal"));

test("a flipped bit is never read as data, nor does it hide any", async () => {
  const property = fc.asyncProperty(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.nat({ max: 7 }),
    async (share, bit) => {
      const disk = new SimulatedDisk(randomFrom(7));
      const values = await filled(disk, 12);
      const paths = journals(disk);
      assert.ok(paths.length > 2);
      const total = paths.reduce((sum, path) => sum + disk.content(path).length, 0);
      let position = Math.floor(share * total);
      const path = paths.find((each) => {
        const { length } = disk.content(each);
        if (position < length) return true;
        position -= length;
        return false;
      })!;
      disk.content(path)[position]! ^= 1 << bit;
      try {
        const log = await open(disk, 2);
        assert.deepEqual(await readAll(log), values);
        const position = (await log.committed("g", [at])).get("t-0");
        assert.deepEqual(position, { offset: 11, metadata: "m11" });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        assert.ok(error.message.includes(path), error.message);
      }
    },
  );
  await fc.assert(property, propertyRuns(300));
});

test("damage to a commit that others follow is reported with its file and byte", async () => {
  const disk = new SimulatedDisk(randomFrom(1));
  await filled(disk, 2);
  const [path] = journals(disk);
  const content = disk.content(path!);
  const second = Buffer.from(content).indexOf("1111");
  content[second]! ^= 1;
  const frame = second - (second % 8);
  await assert.rejects(open(disk, 2), ({ name, message }: Error) => {
    const byte = Number(/at byte (\d+)/.exec(message)?.[1]);
    assert.ok(byte > frame - 200 && byte < second, message);
    return name === "ConfigError" && message.includes(path!);
  });
  content[second]! ^= 1;
  const log = await open(disk, 3);
  assert.equal((await readAll(log)).length, 4, "an error at the start leaves everything as it is");
});

test("a segment that is missing or cut is reported, wherever it was", async () => {
  for (let victim = 0; ; victim++) {
    const disk = new SimulatedDisk(randomFrom(1));
    await filled(disk, 12);
    const paths = journals(disk);
    // The last one: nothing in the folder tells that there was another.
    if (victim === paths.length - 1) break;
    await disk.unlink(paths[victim]!);
    await assert.rejects(open(disk, 2), ConfigError);
    const cut = new SimulatedDisk(randomFrom(1));
    await filled(cut, 12);
    const file = await cut.open(paths[victim]!, "existing");
    await file.truncate((await file.size()) - 8);
    const named = ({ message }: Error) => message.includes(paths[victim]!);
    await assert.rejects(open(cut, 2), named);
  }
});

test("rows that hold a piece of a journal are not taken for it", async () => {
  const disk = new SimulatedDisk(randomFrom(1));
  await filled(disk, 1);
  const path = journals(disk)[0]!;
  const log = await open(disk, 2, 10_000);
  const uncommittedFrom = disk.content(path).length;
  const producer = await log.producer("p");
  const fake = encodeCommit({ ...emptyCommit, durableTo: 1e9 });
  sealFrame(fake, { segment: 1, position: 0 });
  // One of them lies where a frame could begin.
  for (let shift = 0; shift < 8; shift++) {
    const bytes = Buffer.concat([new Uint8Array(shift), ...fake.parts]);
    const tables = { starts: Int32Array.of(0), ends: Int32Array.of(bytes.length) };
    await producer.send({ ...toRecords("t", 0, plain("")), length: 1, bytes, ...tables });
  }
  disk.content(path)[uncommittedFrom]! ^= 1;
  const reopened = await open(disk, 3);
  assert.equal((await readAll(reopened)).length, 2, "what was torn had not been committed");
});
