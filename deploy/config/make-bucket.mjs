// Makes the bucket of checkpoints and tables where it is not there yet. Done again it changes nothing.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";

const [bucket] = process.argv.slice(2);
const store = new S3Client({ forcePathStyle: true });
try {
  await store.send(new HeadBucketCommand({ Bucket: bucket }));
  process.stdout.write(`bucket ${bucket} is there\n`);
} catch (error) {
  if (error.$metadata?.httpStatusCode !== 404) throw error;
  await store.send(new CreateBucketCommand({ Bucket: bucket }));
  process.stdout.write(`bucket ${bucket} is made\n`);
}
