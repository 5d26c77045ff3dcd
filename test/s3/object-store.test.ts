import assert from "node:assert/strict";
import { test } from "node:test";
import { service } from "../services/service.ts";
import { checkpointerSuite } from "../state/checkpointer-suite.ts";
import { objectStoreSuite } from "../state/object-store-suite.ts";
import { storeOf } from "./store-of.ts";

const { connection: bucket, skip } = await service("minio");
let prefixes = 0;

if (bucket === null) test("S3ObjectStore on MinIO", { skip }, () => {});
else {
  objectStoreSuite("S3ObjectStore on MinIO", async () => {
    const prefix = `suite/${prefixes++}`;
    const store = storeOf(bucket, prefix);
    await store.checkConditionalWrites();
    return { store, other: storeOf(bucket, prefix), close: async () => {} };
  });

  checkpointerSuite("MinIO", () => storeOf(bucket, `checkpoints/${prefixes++}`), 3);

  test("of twenty conditional writes at once exactly one is done, round after round", async () => {
    const stores = Array.from({ length: 20 }, () => storeOf(bucket, "race"));
    for (let round = 0; round < 20; round++) {
      const writes = stores.map((store, writer) =>
        store.putIfAbsent(`${round}`, Buffer.from(`${writer}`)),
      );
      const won = await Promise.all(writes);
      assert.equal(won.filter(Boolean).length, 1);
      const bytes = await stores[0]!.get(`${round}`);
      assert.equal(Buffer.from(bytes!).toString(), `${won.indexOf(true)}`);
    }
  });

  test("a listing of several pages is whole and in order", async () => {
    const store = storeOf(bucket, "listing");
    const paths = Array.from({ length: 1_010 }, (_, n) => `many/${n}`);
    for (let at = 0; at < paths.length; at += 50) {
      await Promise.all(paths.slice(at, at + 50).map((path) => store.put(path, new Uint8Array(1))));
    }
    const listed = await store.list("many/");
    assert.deepEqual(
      listed.map(({ path }) => path),
      paths.sort(),
    );
  });

  test("an object of 128 MB is one request there and one back", async () => {
    const store = storeOf(bucket, "large");
    const bytes = Buffer.alloc(128 << 20, "0123456789abcdef!");
    await store.put("large", bytes);
    assert.ok(bytes.equals((await store.get("large"))!));
  });
}
