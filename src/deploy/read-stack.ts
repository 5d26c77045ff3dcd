import { createHash } from "node:crypto";
import { parseDocument } from "yaml";
import { ConfigError } from "../record/errors.ts";
import { interpolate } from "./interpolate.ts";
import type { Stack } from "./stack.ts";

/** Of the hexadecimal digits of a hash: what two contents of one name do not share. */
const HASH_DIGITS = 12;

export interface StackSources {
  /** The file's text. */
  readonly text: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What is in a file that the stack names, relative to itself. */
  readonly contentOf: (file: string) => Uint8Array;
}

export interface ReadStack {
  readonly stack: Stack;
  /** Those that were given, and `SHA_…` of each config and secret: what `docker stack` has to be given. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads a stack file. For a config or secret `mart-logins` it sets `SHA_MART_LOGINS`, which is to be part of its
 * name: Docker changes none that is there, and restarts who mounts one of another name.
 *
 * @throws ConfigError when it is no YAML, a variable is not set or a file cannot be read
 */
export function readStack({ text, variables, contentOf }: StackSources): ReadStack {
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw new ConfigError(`the stack is no YAML: ${problem.message}`);
  // It is our own file, which names what its services have in common again and again: no bound for that.
  const tree = document.toJS({ maxAliasCount: -1 }) as Partial<Stack>;
  const hashes: Record<string, string> = {};
  for (const [name, { file }] of Object.entries({ ...tree.configs, ...tree.secrets })) {
    if (file === undefined) continue;
    hashes[hashVariable(name)] = contentHash(contentOf(interpolate(file, variables) as string));
  }
  const all = { ...variables, ...hashes };
  const filled = interpolate(
    {
      services: tree.services ?? {},
      configs: tree.configs ?? {},
      secrets: tree.secrets ?? {},
      networks: tree.networks ?? {},
      volumes: tree.volumes ?? {},
    },
    all,
  ) as Stack;
  return { stack: filled, variables: all };
}

const hashVariable = (name: string): string =>
  `SHA_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;

const contentHash = (content: Uint8Array): string =>
  createHash("sha256").update(content).digest("hex").slice(0, HASH_DIGITS);
