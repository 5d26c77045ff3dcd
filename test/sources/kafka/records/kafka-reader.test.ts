import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaReader } from "../../../../src/sources/kafka/kafka-reader.ts";
import type { Cluster } from "../../../../src/sources/kafka/wire/cluster.ts";

const LIMITS = {
  prefetchBytesMax: 1 << 20,
  longPollMs: 500,
  partitionBytesMax: 1 << 20,
  responseBytesMax: 1 << 20,
};
const at = { topic: "t", partition: 0 };

test("a reader at the end asks again where nothing could be fetched ahead, as after a restart", async () => {
  let fetches = 0;
  const broker = {
    send: async () => {
      fetches++;
      return [
        { at, fromOffset: 0, errorCode: 0, stableEnd: 0, aborted: [], bytes: new Uint8Array() },
      ];
    },
  };
  const direct = {
    leader: async () => broker,
    attempt: async (_: string, find: () => Promise<unknown>, work: (of: unknown) => unknown) =>
      work(await find()),
  } as unknown as Cluster;
  const ahead = { leader: () => Promise.reject(new Error("nobody leads")) } as unknown as Cluster;
  const reader = new KafkaReader(direct, ahead, LIMITS);
  assert.equal(await reader.read(at, 0, 1000), null);
  assert.equal(await reader.read(at, 0, 1000), null);
  assert.equal(fetches, 2);
  reader.close();
});
