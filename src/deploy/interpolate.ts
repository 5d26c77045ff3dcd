import { ConfigError } from "../record/errors.ts";

const REFERENCE = /\$(?:\$|\{(\w+)(?::([?-])([^}]*))?\})/g;

/**
 * Puts values in for the variables of a stack file, as `docker stack` does: `${NAME}`, `${NAME:?what it is}`,
 * `${NAME:-what else}`, and `$$` for a dollar. An empty variable is not set. Keys stay as they are.
 *
 * @throws ConfigError that names all variables which are not set
 */
export function interpolate(
  tree: unknown,
  variables: Readonly<Record<string, string | undefined>>,
): unknown {
  const missing = new Map<string, string>();
  const fill = (text: string): string =>
    text.replaceAll(REFERENCE, (whole, name: string | undefined, mark = "?", rest = "") => {
      if (name === undefined) return whole.slice(1);
      const value = variables[name] ?? "";
      if (value !== "") return value;
      if (mark === "?") missing.set(name, rest === "" ? name : `${name} (${rest})`);
      return rest;
    });
  const filled = mapText(tree, fill);
  if (missing.size === 0) return filled;
  throw new ConfigError(
    `the stack wants variables that are not set: ${[...missing.values()].join(", ")}`,
  );
}

function mapText(tree: unknown, change: (text: string) => string): unknown {
  if (typeof tree === "string") return change(tree);
  if (Array.isArray(tree)) return tree.map((each) => mapText(each, change));
  if (typeof tree !== "object" || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, mapText(value, change)]),
  );
}
