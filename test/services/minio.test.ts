import assert from "node:assert/strict";
import { test } from "node:test";
import { minio } from "../../scripts/services/minio.ts";
import { isListening } from "../../scripts/services/ports.ts";
import { isRunning, thisProcess } from "../../scripts/services/running-process.ts";
import { ownBucket } from "./own-bucket.ts";
import { ownInstance } from "./own-instance.ts";
import { signedFetch } from "./signed-fetch.ts";

const instance = ownInstance("minio");
const self = await thisProcess();
const skip = !(await minio.software.isInstalled()) && "MinIO is not installed";

test("a MinIO starts, keeps objects from all but its owner, and stops", { skip }, async () => {
  const started = await instance.start(minio, self);
  const mine = await ownBucket(minio.endpoint(started.ports), "mine");
  assert.equal((await signedFetch(mine, "PUT", "/mine/a", "forty-two")).status, 200);
  const read = await signedFetch(mine, "GET", "/mine/a");
  assert.equal(await read.text(), "forty-two");
  assert.equal((await signedFetch(mine, "GET", "/mine/b")).status, 404);
  assert.equal((await fetch(`${mine.endpoint}/mine/a`)).status, 403);
  const forger = { ...mine, secretKey: "a guess" };
  assert.equal((await signedFetch(forger, "GET", "/mine/a")).status, 403);
  await instance.stop(self);
  assert.equal(await isRunning(started.servers[0]!), false);
  assert.equal(await isListening(started.ports[0]!), false);
});
