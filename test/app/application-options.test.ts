import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { applicationOf, applicationOptions } from "../../src/app/maintenance.ts";
import { ConfigError } from "../../src/record/errors.ts";

let folder: string;
let config: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "application-options-"));
  config = join(folder, "replicas.yaml");
  await writeFile(
    config,
    [
      "application.id: mine",
      "bootstrap.servers: one:9092,two:9092",
      "checkpoint.store: s3://bucket/checkpoints",
      "lake.location: s3://bucket/lake",
      "s3.endpoint: http://localhost:9000",
      "translation: true",
      "source.keyed: false",
    ].join("\n"),
  );
});
after(() => rm(folder, { recursive: true, force: true }));

test("the file of the replicas says all that is to be known of their application", async () => {
  const options = await applicationOptions({ config });
  assert.equal(applicationOf(options), "mine");
  assert.deepEqual(options.kafka?.brokers, ["one:9092", "two:9092"]);
  assert.equal(options.checkpoints, "s3://bucket/checkpoints");
  assert.equal(options.tables, "s3://bucket/lake");
  assert.equal(options.s3?.endpoint, "http://localhost:9000");
  assert.equal(options.source?.keyed, false);
  assert.equal(options.feeds.length, 6);
  assert.equal(options.bronze, true);
  assert.equal(options.mart, null);
});

test("an application is said in one way", async () => {
  const both = applicationOptions({ config, kafka: "one:9092" });
  await assert.rejects(both, (error: Error) => {
    assert(error instanceof ConfigError);
    assert.match(error.message, /leave --kafka out/);
    return true;
  });
  await assert.rejects(applicationOptions({}), /--data <folder>, or --config <file>/);
});
