import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { storageOptionsOf } from "../s3/store-of.ts";
import { service } from "../services/service.ts";
import { compareWithExpected } from "./expected-marts.ts";
import { goldServices, scratchFolder, writeInvented } from "./gold-fixture.ts";

const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
const { connection: bucket, skip: noBucket } = await service("minio");
const { skip, url, python } = await goldServices();
const scratch = await scratchFolder();

test("Gold of a lake in a bucket is made of copies of the files that have changed", {
  skip: skip || noBucket,
}, async () => {
  const env = { ...process.env, ...storageOptionsOf(bucket!) };
  const typed = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args], { env, timeout: 300_000 });
  const slices = path.join(scratch, "slices");
  await writeInvented(slices, 2, 3);
  const lake = `s3://${bucket!.bucket}/lake`;
  const out = path.join(scratch, "out");
  await typed("replay", slices, "--out", out, "--tables", lake, "--mart", url);

  const work = path.join(scratch, "work");
  const options = ["--lake", lake, "--mart", url, "--python", python, "--work", work, "--once"];
  const { stderr } = await typed("gold", "run", ...options);
  assert.match(stderr, /gold run 1: 2 slices, 1 days read anew/);
  const copies = await readdir(path.join(work, "copies"), { recursive: true });
  assert.ok(
    copies.some((name) => /^silver\/events\/.*\.parquet$/.test(name)),
    copies.join(),
  );
  const database = openPgDatabase(url);
  try {
    assert.deepEqual((await compareWithExpected(database)).differences, []);
  } finally {
    await database.close();
  }
});
