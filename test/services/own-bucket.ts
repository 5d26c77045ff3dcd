import { signedFetch } from "./signed-fetch.ts";

export interface OwnBucket {
  /** `http://host:port` */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
}

const REGION = "us-east-1";

/** An empty bucket. It stays: the store of a test run is thrown away as a whole. */
export async function ownBucket(endpoint: string, own: string): Promise<OwnBucket> {
  const { origin, username, password } = new URL(endpoint);
  const mine = {
    endpoint: origin,
    region: REGION,
    accessKey: decodeURIComponent(username),
    secretKey: decodeURIComponent(password),
    bucket: own,
  };
  const answer = await signedFetch(mine, "PUT", `/${own}`);
  if (!answer.ok) throw new Error(`no bucket ${own} at ${origin}: ${await answer.text()}`);
  return mine;
}
