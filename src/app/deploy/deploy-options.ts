import { parseDuration } from "../duration.ts";
import { parseArguments } from "../parse-arguments.ts";

export const DEPLOY_DEFAULTS = {
  stack: "deploy/stack.yml",
  name: "gdelt",
  patience: "30m",
} as const;

export interface DeployOptions {
  readonly file: string;
  readonly name: string;
  /** `ssh://manager`; null: what Docker's own command would ask. */
  readonly host: string | null;
  readonly areImagesLoaded: boolean;
  /** Whether what is not committed, or not pushed, may be deployed. */
  readonly isAnyTree: boolean;
  readonly waveMsMax: number;
}

/** @throws ConfigError */
export function parseDeployOptions(args: string[]): DeployOptions {
  const { values } = parseArguments({
    args,
    options: {
      stack: { type: "string", default: DEPLOY_DEFAULTS.stack },
      name: { type: "string", default: DEPLOY_DEFAULTS.name },
      patience: { type: "string", default: DEPLOY_DEFAULTS.patience },
      host: { type: "string" },
      "loaded-images": { type: "boolean", default: false },
      "any-tree": { type: "boolean", default: false },
    },
  });
  return {
    file: values.stack,
    name: values.name,
    host: values.host ?? null,
    areImagesLoaded: values["loaded-images"],
    isAnyTree: values["any-tree"],
    waveMsMax: parseDuration("patience", values.patience),
  };
}
