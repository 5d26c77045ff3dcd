import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Software } from "./service.ts";

/** Programs which are taken out of a Debian package, that is not installed. */
export class DebianPrograms implements Software {
  /** The package. */
  readonly name: string;
  readonly effort: string;
  readonly #programs: readonly string[];

  constructor(name: string, programs: readonly string[], megabytes: number) {
    this.name = name;
    this.#programs = programs;
    this.effort = `${programs.join(" and ")} out of Debian's package ${name}, ${megabytes} MB, seconds`;
  }

  isQuick(): boolean {
    return isOnPath("apt-get") && isOnPath("dpkg-deb");
  }

  async isInstalled(): Promise<boolean> {
    return this.#programs.every((name) => isOnPath(name) || existsSync(this.#cached(name)));
  }

  /** Where one of them is, once they are installed. */
  program(name: string): string {
    return isOnPath(name) ? name : this.#cached(name);
  }

  #cached(program: string): string {
    return path.join(cacheFolder(), this.name, program);
  }

  async install(): Promise<void> {
    if (!this.isQuick()) {
      const names = this.#programs.join(" and ");
      throw new ConfigError(
        `${names} come out of a Debian package: put them into the path otherwise`,
      );
    }
    const folder = path.join(cacheFolder(), this.name);
    const fetched = `${folder}.new`;
    await rm(fetched, { recursive: true, force: true });
    await mkdir(fetched, { recursive: true });
    await mkdir(folder, { recursive: true });
    const script =
      'cd "$0" && fetch="timeout 120 apt-get download $1" && ' +
      "{ $fetch || { timeout 120 apt-get update && $fetch; }; } " +
      '&& dpkg-deb -x "$1"_*.deb .';
    await runLogged(this.name, "sh", ["-c", script, fetched, this.name]);
    for (const program of this.#programs) {
      // Moved in whole, so that an interrupted copy is never taken for a good one.
      const copy = `${this.#cached(program)}.new`;
      await copyFile(path.join(fetched, "usr", "bin", program), copy);
      await rename(copy, this.#cached(program));
    }
    await rm(fetched, { recursive: true });
  }
}

/** Prometheus, and its own checks of metrics and rules. */
export const prometheusSoftware = new DebianPrograms("prometheus", ["promtool", "prometheus"], 60);
