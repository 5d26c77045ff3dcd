import { createHash, createHmac } from "node:crypto";

interface Signer {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();

/**
 * One request to S3, signed by version 4 of AWS's scheme: no query, a path that needs no escapes, and a
 * body of text. So that a store is tested without the client that is to be tested with it.
 */
export function signedFetch(
  { endpoint, region, accessKey, secretKey }: Signer,
  method: string,
  path: string,
  body = "",
): Promise<Response> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const hash = sha256(body);
  const headers = {
    host: new URL(endpoint).host,
    "x-amz-content-sha256": hash,
    "x-amz-date": time,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, "", lines.join(""), names, hash].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  const signature = hmac(key, toSign).toString("hex");
  const credential = `Credential=${accessKey}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return fetch(endpoint + path, {
    method,
    headers: { ...headers, authorization },
    ...(body !== "" && { body }),
  });
}
