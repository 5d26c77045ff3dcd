import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Options } from "../../src/state/s3/s3-object-store.ts";

export interface OwnBucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
}

export async function minio(): Promise<
  { connection: OwnBucket; skip: false } | { connection: null; skip: string }
> {
  const given = process.env["GDELT_STREAMS_MINIO"];
  if (given === undefined) return { connection: null, skip: "no minio" };
  const url = new URL(given);
  const credentials = { accessKeyId: url.username, secretAccessKey: url.password };
  const endpoint = url.origin;
  const bucket = `t-${crypto.randomUUID()}`;
  const client = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { connection: { endpoint, bucket, credentials }, skip: false };
}

let prefixes = 0;
export const optionsOf = (
  { endpoint, bucket, credentials }: OwnBucket,
  overrides: Partial<S3Options> = {},
): S3Options => ({
  endpoint,
  bucket,
  credentials,
  prefix: `p${prefixes++}`,
  region: "us-east-1",
  uniqueName: () => crypto.randomUUID(),
  random: Math.random,
  ...overrides,
});
