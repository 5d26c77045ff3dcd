import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Software } from "./service.ts";

const PROGRAMS = ["prometheus", "promtool"] as const;

type Program = (typeof PROGRAMS)[number];

const cached = (program: Program) => path.join(cacheFolder(), "prometheus", program);

/** Prometheus, and its own checks of metrics and rules; out of Debian's package, which is not installed. */
export const prometheusSoftware: Software = {
  name: "prometheus",
  effort: "prometheus and promtool out of Debian's package prometheus, 60 MB, seconds",
  isQuick: () => isOnPath("apt-get") && isOnPath("dpkg-deb"),
  isInstalled: async () => PROGRAMS.every((name) => isOnPath(name) || existsSync(cached(name))),
  install,
};

/** Where one of them is, once they are installed. */
export const prometheusProgram = (name: Program): string => (isOnPath(name) ? name : cached(name));

async function install(): Promise<void> {
  if (!prometheusSoftware.isQuick()) {
    throw new ConfigError(
      "prometheus and promtool come out of a Debian package: put them into the path otherwise",
    );
  }
  const folder = path.dirname(cached("promtool"));
  const fetched = `${folder}.new`;
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched, { recursive: true });
  await mkdir(folder, { recursive: true });
  const script =
    'cd "$0" && fetch="timeout 120 apt-get download prometheus" && ' +
    "{ $fetch || { timeout 120 apt-get update && $fetch; }; } " +
    "&& dpkg-deb -x prometheus_*.deb .";
  await runLogged("prometheus", "sh", ["-c", script, fetched]);
  for (const program of PROGRAMS) {
    // Moved in whole, so that an interrupted copy is never taken for a good one.
    const copy = `${cached(program)}.new`;
    await copyFile(path.join(fetched, "usr", "bin", program), copy);
    await rename(copy, cached(program));
  }
  await rm(fetched, { recursive: true });
}
