import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Place, ServerCommand, Service, Software } from "./service.ts";

/** The last one of the open source project; named by time and commit, as Go names what has no tag. */
const VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c";

const ACCESS_KEY = "gdelt-streams";
const SECRET_KEY = "only-for-tests";
const ANSWER_MS_MAX = 2_000;
const FORBIDDEN = 403;

const program = () => path.join(cacheFolder(), "minio", VERSION, "minio");

const software: Software = {
  name: "minio",
  effort:
    "MinIO built from source by Go 1.24 or newer, five to ten minutes and 2 GB of Go's caches",
  isQuick: () => false,
  isInstalled: async () => existsSync(program()),
  install,
};

/** An object store which speaks S3. */
export const minio: Service = {
  software,
  portCount: 1,
  startMsMax: 60_000,
  stopSignal: "SIGTERM",
  prepare,
  isReady: async ([port]) => {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      // Its health answers 200 before it serves; a stranger is refused by one that does.
      const answer = await fetch(`http://127.0.0.1:${port}/`, { signal });
      return answer.status === FORBIDDEN;
    } catch {
      return false;
    }
  },
  endpoint: ([port]) => `http://${ACCESS_KEY}:${SECRET_KEY}@127.0.0.1:${port}`,
};

async function prepare({ data, ports }: Place): Promise<ServerCommand[]> {
  const address = ["--address", `127.0.0.1:${ports[0]}`];
  return [
    {
      file: program(),
      args: ["server", ...address, path.join(data, "objects")],
      env: {
        // Where it makes a folder for certificates.
        HOME: data,
        MINIO_ROOT_USER: ACCESS_KEY,
        MINIO_ROOT_PASSWORD: SECRET_KEY,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
    },
  ];
}

async function install(): Promise<void> {
  if (!isOnPath("go")) throw new ConfigError(`there is no go in the path: ${software.effort}`);
  const folder = path.dirname(program());
  // Moved in whole, so that an interrupted build is never taken for a good one.
  const building = `${folder}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  const source = `github.com/minio/minio@${VERSION}`;
  await runLogged("minio", "go", ["install", "-ldflags=-s -w", source], { GOBIN: building });
  await rename(building, folder);
}
