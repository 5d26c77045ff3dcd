import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdministeredLog } from "../../src/runtime/log-admin.ts";
import { plain, toRecords } from "./log-records.ts";

interface OpenLog {
  readonly log: AdministeredLog;
  readonly dispose: () => Promise<void>;
  /** The same log, as who comes later finds it. */
  readonly reopen?: () => Promise<AdministeredLog>;
}

const at = (partition: number) => ({ topic: "t", partition });

/** What every log has to do for who looks after it; `open` gives an empty one. */
export function logAdminSuite(name: string, open: () => Promise<OpenLog>): void {
  const check = (what: string, work: (log: AdministeredLog) => Promise<Check>) =>
    test(`${name}: ${what}`, async () => {
      const { log, dispose, reopen } = await open();
      try {
        await log.createTopics([{ name: "t", partitions: 2, retention: "forever" }]);
        const found = await work(log);
        await found(log);
        if (reopen) await found(await reopen());
      } finally {
        await dispose();
      }
    });
  type Check = (log: AdministeredLog) => Promise<void>;

  async function publish(log: AdministeredLog, partition: number, value: string): Promise<void> {
    const producer = await log.producer("p");
    await producer.send(toRecords("t", partition, plain(value)));
    await producer.commit();
  }

  check("adds partitions, and leaves what is there where it is", async (log) => {
    await publish(log, 1, "before");
    const { end } = await log.bounds(at(1));
    await log.addPartitions("t", 4);
    await publish(log, 3, "after");
    await log.addPartitions("t", 3);
    return async (later) => {
      assert.equal(await later.partitions("t"), 4);
      assert.equal((await later.bounds(at(1))).end, end);
      assert.equal((await later.read(at(3), 0, 100))!.length, 1);
      assert.equal((await later.bounds(at(2))).end, 0);
    };
  });

  check("deletes topics that are there", async (log) => {
    await log.createTopics([{ name: "u", partitions: 1, retention: "consumed" }]);
    await publish(log, 0, "kept");
    await log.deleteTopics(["u", "nowhere"]);
    return async (later) => {
      assert.equal(await later.partitions("u"), 0);
      assert.equal((await later.read(at(0), 0, 100))!.length, 1);
    };
  });

  check("forgets a group with its positions, and no other", async (log) => {
    await publish(log, 0, "a");
    const producer = await log.producer("p");
    for (const group of ["g", "h"]) {
      await producer.sendOffsets(group, [{ ...at(0), offset: 1, metadata: group }]);
    }
    await producer.commit();
    await log.deleteGroup("g");
    await log.deleteGroup("nobody");
    return async (later) => {
      assert.equal((await later.committed("g", [at(0)])).size, 0);
      assert.equal((await later.committed("h", [at(0)])).size, 1);
    };
  });

  check("says that nobody is in a group that nobody has joined", async (log) => {
    assert.deepEqual(await log.members("g"), []);
    return async () => {};
  });
}
