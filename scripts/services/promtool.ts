import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Software } from "./service.ts";

const cached = () => path.join(cacheFolder(), "prometheus", "promtool");

/** Prometheus' own checks of metrics and rules; taken out of Debian's package, which is not installed. */
export const promtoolSoftware: Software = {
  name: "prometheus",
  effort: "promtool out of Debian's package prometheus, 20 MB, seconds",
  isQuick: () => isOnPath("apt-get") && isOnPath("dpkg-deb"),
  isInstalled: async () => isOnPath("promtool") || existsSync(cached()),
  install,
};

/** Where it is, once it is installed. */
export const promtoolProgram = (): string => (isOnPath("promtool") ? "promtool" : cached());

async function install(): Promise<void> {
  if (!promtoolSoftware.isQuick()) {
    throw new ConfigError("promtool comes out of a Debian package: put it into the path otherwise");
  }
  const folder = path.dirname(cached());
  const fetched = `${folder}.new`;
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched, { recursive: true });
  await mkdir(folder, { recursive: true });
  const script =
    'cd "$0" && fetch="timeout 120 apt-get download prometheus" && ' +
    "{ $fetch || { timeout 120 apt-get update && $fetch; }; } " +
    "&& dpkg-deb -x prometheus_*.deb .";
  await runLogged("prometheus", "sh", ["-c", script, fetched]);
  // Moved in whole, so that an interrupted copy is never taken for a good one.
  const copy = `${cached()}.new`;
  await copyFile(path.join(fetched, "usr", "bin", "promtool"), copy);
  await rename(copy, cached());
  await rm(fetched, { recursive: true });
}
