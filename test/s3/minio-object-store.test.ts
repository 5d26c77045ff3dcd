import assert from "node:assert/strict";
import { test } from "node:test";
import { S3ObjectStore } from "../../src/state/s3/s3-object-store.ts";
import { checkpointerSuite } from "../state/checkpointer-suite.ts";
import { objectStoreSuite } from "../state/object-store-suite.ts";
import { minio, optionsOf } from "./minio.ts";

const { connection, skip } = await minio();
if (connection === null) test("MinIO", { skip }, () => {});
else {
  objectStoreSuite("S3ObjectStore on MinIO", async () => {
    const options = optionsOf(connection);
    const store = new S3ObjectStore(options);
    await store.checkConditionalWrites();
    return { store, other: new S3ObjectStore(options), close: async () => {} };
  });
  checkpointerSuite("MinIO", () => new S3ObjectStore(optionsOf(connection)), 3);

  test("of twenty conditional writes at once exactly one is done, round after round", async () => {
    const options = optionsOf(connection);
    const stores = Array.from({ length: 20 }, () => new S3ObjectStore(options));
    for (let round = 0; round < 20; round++) {
      const won = await Promise.all(
        stores.map((store, writer) => store.putIfAbsent(`race/${round}`, Buffer.from(`${writer}`))),
      );
      assert.equal(won.filter(Boolean).length, 1);
      const bytes = await stores[0]!.get(`race/${round}`);
      assert.equal(Buffer.from(bytes!).toString(), `${won.indexOf(true)}`);
    }
  });

  test("a listing of several pages is whole and in order", async () => {
    const store = new S3ObjectStore(optionsOf(connection));
    const paths = Array.from({ length: 1_100 }, (_, n) => `many/${n}`);
    for (let at = 0; at < paths.length; at += 50) {
      await Promise.all(paths.slice(at, at + 50).map((path) => store.put(path, new Uint8Array(1))));
    }
    assert.deepEqual(
      (await store.list("many/")).map(({ path }) => path),
      paths.sort(),
    );
  });

  test("an object of 128 MB is one request there and one back", async () => {
    const store = new S3ObjectStore(optionsOf(connection));
    const bytes = Buffer.alloc(128 << 20, "0123456789abcdef!");
    await store.put("large", bytes);
    assert.ok(bytes.equals((await store.get("large"))!));
  });
}
