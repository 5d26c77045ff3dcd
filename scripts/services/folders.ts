import { homedir, tmpdir, userInfo } from "node:os";
import path from "node:path";

/** What was fetched or built stays here, outside of every checkout, as for `scripts/python-readers`. */
export const cacheFolder = (): string =>
  process.env["GDELT_STREAMS_CACHE"] ?? path.join(homedir(), ".cache", "gdelt-streams");

/**
 * State, data and logs of the servers. Not in the cache: Postgres refuses to run as root, and the user
 * it then runs as may not look into root's home.
 */
export const instancesFolder = (): string =>
  process.env["GDELT_STREAMS_SERVICES"] ??
  path.join(tmpdir(), `gdelt-streams-services-${userInfo().uid}`);
