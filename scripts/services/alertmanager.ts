import { aptInstall } from "./apt.ts";
import { isOnPath } from "./on-path.ts";
import type { Software } from "./service.ts";

const PACKAGE = "prometheus-alertmanager";

/** Who sends alerts to people. Debian's reads its templates where the package puts them: it has to be installed. */
export const alertmanagerSoftware: Software = {
  name: PACKAGE,
  effort: `Debian's package ${PACKAGE}, 15 MB, as root`,
  isQuick: () => false,
  isInstalled: async () => isOnPath(PACKAGE),
  install: () => aptInstall([PACKAGE]),
};

export const ALERTMANAGER = PACKAGE;
