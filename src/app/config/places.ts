import type { SourceOptions } from "../../silver/feed-source.ts";
import type { S3Access } from "../open-object-store.ts";
import type { Settings } from "./catalogue.ts";

/** How S3 is reached; what is not set is left to the environment. */
export function s3Access(settings: Settings): S3Access {
  const accessKeyId = settings["s3.access.key"];
  const secretAccessKey = settings["s3.secret.key"];
  return {
    endpoint: settings["s3.endpoint"] ?? undefined,
    region: settings["s3.region"] ?? undefined,
    credentials:
      accessKeyId === null || secretAccessKey === null
        ? undefined
        : { accessKeyId, secretAccessKey },
  };
}

/** How the raw topics are filled. */
export const sourceOptions = (settings: Settings): SourceOptions => ({
  keyed: settings["source.keyed"],
  markers: settings["source.markers"],
  graceMs: settings["source.grace"],
  idleTimeoutMs: settings["source.idle.timeout"],
});
