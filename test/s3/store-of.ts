import { S3ObjectStore, type S3Options } from "../../src/state/s3/s3-object-store.ts";
import type { OwnBucket } from "../services/own-bucket.ts";

/** Options for a prefix of a bucket. */
const optionsOf = (
  { endpoint, region, accessKey, secretKey, bucket }: OwnBucket,
  prefix: string,
): S3Options => ({
  endpoint,
  region,
  credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  bucket,
  prefix,
  uniqueName: () => crypto.randomUUID(),
  random: Math.random,
});

export const storeOf = (bucket: OwnBucket, prefix: string): S3ObjectStore =>
  new S3ObjectStore(optionsOf(bucket, prefix));

/** What delta-rs needs to know of the same place. */
export const storageOptionsOf = ({ endpoint, region, accessKey, secretKey }: OwnBucket) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKey,
  AWS_SECRET_ACCESS_KEY: secretKey,
  AWS_ALLOW_HTTP: "true",
});
