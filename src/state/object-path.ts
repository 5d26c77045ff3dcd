import { ConfigError } from "../record/errors.ts";

/**
 * A path that is resolved to another one in some stores, and refused by others.
 * @throws ConfigError unless it is names joined by "/", none of them empty, "." or "..".
 */
export function checkObjectPath(path: string): void {
  const bad = path.split("/").some((part) => part === "" || part === "." || part === "..");
  if (!bad && !path.includes("\0")) return;
  throw new ConfigError(
    `"${path}" is no object path: it must be names joined by "/", none of them empty, "." or ".."`,
  );
}
