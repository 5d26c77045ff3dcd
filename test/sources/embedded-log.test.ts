import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../src/record/errors.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { plain, toPlain, toRecords } from "./log-records.ts";
import { logSuite } from "./log-suite.ts";

const inFolder = async (body: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "embedded-log-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
};

for (const frameBytes of [1 << 20, 100]) {
  logSuite(`embedded log of ${frameBytes} byte frames`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "embedded-log-"));
    const log = await openEmbeddedLog({ folder, durability: "none", frameBytes });
    return {
      log,
      dispose: async () => {
        await log.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}

const at = { topic: "t", partition: 0 };
const topics = [{ name: "t", partitions: 1, retention: "forever" as const }];

async function values(log: Log): Promise<string[]> {
  const read: string[] = [];
  for (let batch = await log.read(at, 0, 1 << 20); batch; ) {
    read.push(...toPlain(batch).rows.map(({ value }) => value));
    batch = await log.read(at, batch.nextOffset, 1 << 20);
  }
  return read;
}

for (const durability of ["commit", "none"] as const) {
  test(`a log that was closed is as it was when it is opened again (${durability})`, async () => {
    await inFolder(async (folder) => {
      const options = { folder, durability, segmentBytes: 3000 };
      const log = await openEmbeddedLog(options);
      await log.createTopics(topics);
      const producer = await log.producer("p");
      const sent: string[] = [];
      for (let i = 0; i < 30; i++) {
        const value = `${i}`.repeat(100);
        await producer.send(toRecords("t", 0, plain(value)));
        await producer.sendOffsets("g", [{ ...at, offset: i, metadata: `m${i}` }]);
        await (i % 3 === 0 ? producer.abort() : producer.commit());
        if (i % 3 !== 0) sent.push(value);
      }
      await producer.send(toRecords("t", 0, plain("never committed")));
      await log.close();
      const again = await openEmbeddedLog(options);
      assert.equal(await again.partitions("t"), 1);
      assert.deepEqual(await again.bounds(at), { start: 0, end: 20 });
      assert.deepEqual(await values(again), sent);
      const position = (await again.committed("g", [at])).get("t-0");
      assert.deepEqual(position, { offset: 29, metadata: "m29" });
      const next = await again.producer("p");
      await next.send(toRecords("t", 0, plain("next")));
      await next.commit();
      assert.deepEqual(await values(again), [...sent, "next"]);
      await again.close();
    });
  });
}

test("the epochs of an id go on after a restart", async () => {
  await inFolder(async (folder) => {
    for (const epoch of [0, 1, 2]) {
      const log = await openEmbeddedLog({ folder });
      await log.createTopics(topics);
      const producer = await log.producer("p");
      await producer.send(toRecords("t", 0, plain("a")));
      await producer.commit();
      await log.producer("p");
      const message = new RegExp(`of epoch ${epoch} is fenced: epoch ${epoch + 1} `);
      await assert.rejects(producer.commit(), { name: "TaskMigratedError", message });
      await log.close();
    }
  });
});

test("a closed log can be closed again, and used for nothing else", async () => {
  await inFolder(async (folder) => {
    const log = await openEmbeddedLog({ folder });
    await log.createTopics(topics);
    const producer = await log.producer("p");
    await log.close();
    await log.close();
    await assert.rejects(log.bounds(at), /closed/);
    await assert.rejects(log.producer("p"), /closed/);
    await assert.rejects(producer.send(toRecords("t", 0, plain("a"))), /closed/);
  });
});

test("a folder belongs to one process; a lock that was left behind is taken over", async () => {
  await inFolder(async (folder) => {
    const log = await openEmbeddedLog({ folder });
    const lock = await readFile(join(folder, "lock"), "utf8");
    assert.match(lock, new RegExp(`^${process.pid} `));
    const refused = ({ name, message }: Error) =>
      name === "ConfigError" && message.includes(`process ${process.pid}`);
    await assert.rejects(openEmbeddedLog({ folder }), refused);
    await log.close();
    const stale = ["999999999 then", `${process.pid} another process of this id`, "", "nonsense"];
    for (const left of stale) {
      await writeFile(join(folder, "lock"), left);
      await (await openEmbeddedLog({ folder })).close();
    }
  });
});

test("the lock is given back when the journal cannot be read", async () => {
  await inFolder(async (folder) => {
    const log = await openEmbeddedLog({ folder, segmentBytes: 2000 });
    await log.createTopics(topics);
    const producer = await log.producer("p");
    for (let i = 0; i < 5; i++) {
      await producer.send(toRecords("t", 0, plain("x".repeat(1000))));
      await producer.commit();
    }
    await log.close();
    await writeFile(join(folder, "0000000002.journal"), "");
    await assert.rejects(openEmbeddedLog({ folder }), /0000000002.journal is damaged at byte 0/);
    await assert.rejects(openEmbeddedLog({ folder }), ConfigError);
    await assert.rejects(readFile(join(folder, "lock")), { code: "ENOENT" });
  });
});

test("what a killed process has committed is there for the next", async () => {
  await inFolder(async (folder) => {
    const child = fork(new URL("./embedded-log-child.ts", import.meta.url), [folder]);
    let acknowledged = 0;
    child.on("message", (committed: number) => {
      acknowledged = committed;
      if (committed >= 20) child.kill("SIGKILL");
    });
    await once(child, "exit");
    const log = await openEmbeddedLog({ folder });
    const read = await values(log);
    assert.ok(acknowledged >= 20 && read.length >= acknowledged);
    assert.deepEqual(
      read,
      Array.from({ length: read.length }, (_, i) => `${i + 1}`),
    );
    const position = (await log.committed("g", [at])).get("t-0");
    assert.equal(position?.offset, read.length);
    await log.close();
  });
});
