import { randomUUID } from "node:crypto";
import { FolderObjectStore } from "../state/folder-object-store.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { isS3Url, parseS3Url } from "../state/s3/s3-location.ts";
import type { S3Options } from "../state/s3/s3-object-store.ts";

/** How S3 is reached, as far as the environment is not to say it. */
export interface S3Access {
  /** URL of the service. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly credentials?: S3Options["credentials"] | undefined;
}

export interface StorePlace extends S3Access {
  /** A folder, or `s3://bucket/prefix`. */
  readonly place: string;
  /** Whether something is to be committed there, which takes conditional writes. */
  readonly commits: boolean;
}

/** @throws ConfigError when it is no place, or a store without conditional writes. */
export async function openObjectStore({
  place,
  endpoint,
  region,
  credentials,
  commits,
}: StorePlace): Promise<ObjectStore> {
  if (!isS3Url(place)) return new FolderObjectStore(place);
  // Who works on a folder need not wait for the SDK.
  const { S3ObjectStore } = await import("../state/s3/s3-object-store.ts");
  const store = new S3ObjectStore({
    ...parseS3Url(place),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
    uniqueName: randomUUID,
    random: Math.random,
  });
  if (commits) await store.checkConditionalWrites();
  return store;
}
