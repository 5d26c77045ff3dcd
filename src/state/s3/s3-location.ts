import { ConfigError } from "../../record/errors.ts";
import { checkObjectPath } from "../object-path.ts";

/** A place in a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** Before every path, without a slash at its end; "" is the bucket itself. */
  readonly prefix: string;
}

const SCHEME = "s3://";

export const isS3Url = (place: string): boolean => place.startsWith(SCHEME);

/** @throws ConfigError unless it is `s3://bucket` or `s3://bucket/prefix`. */
export function parseS3Url(url: string): S3Location {
  const [bucket = "", ...names] = url.slice(SCHEME.length).split("/");
  if (names.at(-1) === "") names.pop();
  const prefix = names.join("/");
  if (!isS3Url(url) || !/^[a-z0-9][a-z0-9.-]{2,62}$/.test(bucket)) {
    throw new ConfigError(`"${url}" is no place on S3: write s3://bucket or s3://bucket/prefix`);
  }
  if (prefix !== "") checkObjectPath(prefix);
  return { bucket, prefix };
}
