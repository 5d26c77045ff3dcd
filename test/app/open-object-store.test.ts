import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { openObjectStore } from "../../src/app/open-object-store.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { FakeS3 } from "../state/s3/fake-s3.ts";

let fake: FakeS3;
before(async () => {
  fake = await FakeS3.start();
  process.env["AWS_ACCESS_KEY_ID"] = "key";
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
});
after(() => fake.stop());

test("a place is a folder, or a prefix of a bucket at the endpoint", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "place-"));
  try {
    const store = await openObjectStore({ place: folder, commits: true });
    await store.put("a/b", Buffer.from("1"));
    const read = await openObjectStore({ place: path.join(folder, "a"), commits: false });
    assert.equal((await read.get("b"))?.byteLength, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
  const place = "s3://bucket/lake";
  const store = await openObjectStore({ place, endpoint: fake.url, commits: true });
  await store.put("a/b", Buffer.from("1"));
  assert.deepEqual([...fake.objects.keys()], ["lake/a/b"]);
});

test("who commits nothing is not asked for the right to write, nor for conditional writes", async () => {
  fake.faultOf = (method) => (method === "PUT" ? "unconditional" : null);
  const at = { place: "s3://bucket/elsewhere", endpoint: fake.url } as const;
  await assert.rejects(openObjectStore({ ...at, commits: true }), ConfigError);
  fake.requests.length = 0;
  const store = await openObjectStore({ ...at, commits: false });
  assert.deepEqual(await store.list(""), []);
  assert.deepEqual(fake.requests, ["GET"]);
});
