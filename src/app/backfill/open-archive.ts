import { HttpClient } from "../../ingest/feed/http-client.ts";
import { HttpFeed } from "../../ingest/feed/http-feed.ts";
import { isS3Url } from "../../state/s3/s3-location.ts";
import { sourceOf } from "../feed-options.ts";
import { openObjectStore } from "../open-object-store.ts";
import { type Archive, BucketArchive, FolderArchive, ListedArchive } from "./archive.ts";

/** Sent to threads, each of which opens it for itself. */
export interface ArchivePlace {
  /** `live`, an address with GDELT's lists, a folder, or `s3://bucket/prefix`. */
  readonly source: string;
  readonly feeds: readonly string[];
  readonly userAgent: string;
}

/** @throws ConfigError */
export async function openArchive({ source, feeds, userAgent }: ArchivePlace): Promise<Archive> {
  if (isS3Url(source)) {
    return new BucketArchive(await openObjectStore({ place: source, commits: false }));
  }
  const place = sourceOf(source, "source");
  if (place.kind === "folder") return new FolderArchive(place.folder);
  const http = new HttpClient({ fetch, userAgent, idleMs: 30_000, wholeMs: 10 * 60_000 });
  return new ListedArchive(new HttpFeed({ baseUrl: place.baseUrl, feeds, http }));
}
