import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import { isS3Url, parseS3Url } from "../../../src/state/s3/s3-location.ts";

test("an S3 URL is a bucket, and a prefix where there is one", () => {
  assert.deepEqual(parseS3Url("s3://lake"), { bucket: "lake", prefix: "" });
  assert.deepEqual(parseS3Url("s3://lake/"), { bucket: "lake", prefix: "" });
  assert.deepEqual(parseS3Url("s3://my-lake.eu/a/b c/"), { bucket: "my-lake.eu", prefix: "a/b c" });
});

test("a folder is no S3 URL, and a bad bucket or prefix is refused", () => {
  assert.equal(isS3Url("/data/lake"), false);
  assert.equal(isS3Url("s3:/lake"), false);
  assert.equal(isS3Url("s3://lake"), true);
  for (const url of ["lake", "s3://", "s3:///a", "s3://UPPER", "s3://lake//a", "s3://lake/../b"]) {
    assert.throws(() => parseS3Url(url), ConfigError, url);
  }
});
