import assert from "node:assert/strict";
import { test } from "node:test";
import { RetriableError, TaskMigratedError } from "../../src/record/errors.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import type { FileSystem } from "../../src/sources/embedded-log/file-system.ts";
import { plain, toPlain, toRecords } from "./log-records.ts";
import { randomFrom, SimulatedDisk } from "./simulated-disk.ts";

const at = { topic: "t", partition: 0 };
type Call = "write" | "sync" | "syncFolder" | "truncate" | "unlink";

/** A disk on which calls of a kind fail, so many times. */
class BreakableDisk extends SimulatedDisk {
  readonly broken = new Map<Call, number>();

  override async open(...args: Parameters<FileSystem["open"]>): ReturnType<FileSystem["open"]> {
    const file = await super.open(...args);
    return {
      ...file,
      write: async (parts, position) => {
        if (this.broken.get("write")) await file.write([parts[0]!.subarray(0, 70)], position);
        this.#check("write");
        await file.write(parts, position);
      },
      sync: async () => {
        this.#check("sync");
        await file.sync();
      },
      truncate: async (bytes) => {
        this.#check("truncate");
        await file.truncate(bytes);
      },
    };
  }

  override async syncFolder(): Promise<void> {
    this.#check("syncFolder");
    await super.syncFolder();
  }

  override async unlink(path: string): Promise<void> {
    if (!path.endsWith("lock")) this.#check("unlink");
    await super.unlink(path);
  }

  #check(call: Call): void {
    const times = this.broken.get(call) ?? 0;
    this.broken.set(call, times - 1);
    if (times > 0) throw new Error(`${call}: no space left on device`);
  }
}

const open = (disk: SimulatedDisk, pid: number) =>
  openEmbeddedLog({
    folder: "/log",
    segmentBytes: 3000,
    files: disk,
    processes: { pid, started: async (other) => (other === pid ? "now" : null) },
  });

async function opened() {
  const disk = new BreakableDisk(randomFrom(1));
  const log = await open(disk, 1);
  await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
  return { disk, log };
}

async function values(log: Log): Promise<string[]> {
  const read: string[] = [];
  for (let batch = await log.read(at, 0, 1 << 20); batch; ) {
    read.push(...toPlain(batch).rows.map(({ value }) => value));
    batch = await log.read(at, batch.nextOffset, 1 << 20);
  }
  return read;
}

test("a transaction that lacks a row cannot be committed, only aborted", async () => {
  const { disk, log } = await opened();
  const producer = await log.producer("p");
  await producer.send(toRecords("t", 0, plain("first")));
  disk.broken.set("write", 1);
  const lost = producer.send(toRecords("t", 0, plain("second")));
  await assert.rejects(lost, ({ name, cause }: Error) => {
    return name === "RetriableError" && /no space/.test((cause as Error).message);
  });
  await assert.rejects(producer.commit(), RetriableError);
  await producer.abort();
  await producer.send(toRecords("t", 0, plain("again")));
  await producer.commit();
  assert.deepEqual(await values(log), ["again"]);
});

test("after a commit that failed the producer is of no use, and a new one goes on", async () => {
  const { disk, log } = await opened();
  const producer = await log.producer("p");
  const other = await log.producer("q");
  await producer.send(toRecords("t", 0, plain("lost")));
  await other.send(toRecords("t", 0, plain("kept")));
  disk.broken.set("write", 1);
  await assert.rejects(producer.commit(), RetriableError);
  await assert.rejects(producer.send(toRecords("t", 0, plain("a"))), /unknown/);
  await assert.rejects(producer.abort(), RetriableError);
  await other.commit();
  const next = await log.producer("p");
  await next.send(toRecords("t", 0, plain("next")));
  await next.commit();
  await log.close();
  assert.deepEqual(await values(await open(disk, 2)), ["kept", "next"]);
});

for (const broken of [["sync"], ["write", "truncate"]] as const) {
  test(`a log that cannot trust its disk (${broken}) has to be reopened`, async () => {
    const { disk, log } = await opened();
    const producer = await log.producer("p");
    await producer.send(toRecords("t", 0, plain("before")));
    await producer.commit();
    await producer.send(toRecords("t", 0, plain("doubtful")));
    for (const call of broken) disk.broken.set(call, 1);
    await assert.rejects(producer.commit(), RetriableError);
    assert.deepEqual(await values(log), ["before"], "what is visible stays");
    const next = await log.producer("p");
    await assert.rejects(next.send(toRecords("t", 0, plain("after"))), /open it again/);
    await log.close();
    const again = await open(disk, 2);
    const read = await values(again);
    assert.deepEqual(read.slice(0, 1), ["before"]);
    const last = await again.producer("p");
    await last.send(toRecords("t", 0, plain("after")));
    await last.commit();
    assert.deepEqual(await values(again), [...read, "after"]);
  });
}

for (const removable of [true, false]) {
  const outcome = removable ? "is removed" : "stops the log when it cannot be removed";
  test(`a segment that could not be begun ${outcome}`, async () => {
    const { disk, log } = await opened();
    const producer = await log.producer("p");
    const position = (offset: number) => [{ ...at, offset, metadata: "" }];
    await producer.sendOffsets("g", position(1));
    await producer.commit();
    disk.broken.set("syncFolder", 1);
    if (!removable) disk.broken.set("unlink", 1);
    const large = toRecords("t", 0, plain("x".repeat(2900)));
    await assert.rejects(producer.send(large), RetriableError);
    await producer.abort();
    // It fits the old segment. A recovery must not go back to the snapshot it finds beside it.
    await producer.sendOffsets("g", position(2));
    const committed = await producer.commit().then(
      () => true,
      () => false,
    );
    assert.equal(committed, removable);
    disk.restart("kill");
    const found = await (await open(disk, 2)).committed("g", [at]);
    assert.equal(found.get("t-0")?.offset, removable ? 2 : 1);
  });
}

test("a producer that takes an id over learns how the commit under way ends", async () => {
  const outcomes = new Set<boolean>();
  for (let waits = 0; waits < 60; waits++) {
    const { log } = await opened();
    const old = await log.producer("p");
    await old.send(toRecords("t", 0, plain("a")));
    await old.sendOffsets("g", [{ ...at, offset: 1, metadata: "m" }]);
    const committing = old.commit().then(
      () => true,
      (error: Error) => {
        assert.ok(error instanceof TaskMigratedError);
        return false;
      },
    );
    for (let i = 0; i < waits; i++) await null;
    await log.producer("p");
    const isCommitted = (await log.committed("g", [at])).size === 1;
    assert.equal((await log.bounds(at)).end, isCommitted ? 1 : 0);
    assert.equal(await committing, isCommitted);
    outcomes.add(isCommitted);
  }
  assert.equal(outcomes.size, 2, "some commits were in time, and some were not");
});
