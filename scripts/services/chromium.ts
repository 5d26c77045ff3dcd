import { aptInstall } from "./apt.ts";
import { isOnPath, onPath } from "./on-path.ts";
import type { Software } from "./service.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** The browser in which the inspector's page is tested. */
export const chromiumSoftware: Software = {
  name: "chromium",
  effort: "Debian's package chromium, 400 MB, a minute, as root",
  isQuick: () => false,
  isInstalled: async () => PROGRAMS.some(isOnPath),
  install: () => aptInstall(["chromium"]),
};

/** Where it is; undefined: it is not installed. */
export const chromiumProgram = (): string | undefined => PROGRAMS.map(onPath).find(Boolean);
