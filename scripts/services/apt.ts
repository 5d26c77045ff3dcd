import { ConfigError } from "../../src/record/errors.ts";
import { runLogged } from "./run-logged.ts";

/** @throws ConfigError where packages are not Debian's, or we may not install any. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new ConfigError(
      `${packages.join(" and ")} can be installed by root only: ` +
        `apt-get install ${packages.join(" ")}, or what does it on this system`,
    );
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // Another apt may be at work.
  const patience = ["-o", "DPkg::Lock::Timeout=300"];
  const log = `apt-${packages.join("-")}`;
  await runLogged(log, "apt-get", [...patience, "update"], env);
  await runLogged(log, "apt-get", [...patience, "install", "-y", ...packages], env);
}
