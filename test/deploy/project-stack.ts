import { readFileSync } from "node:fs";
import path from "node:path";
import { type ReadStack, readStack } from "../../src/deploy/read-stack.ts";

const root = path.join(import.meta.dirname, "../..");
const folder = path.join(root, "deploy");

const DIGEST = `sha256:${"0".repeat(64)}`;

/** The images of deploy/images.lock, and those of the project; with a digest where there is none yet. */
export function imageVariables(): Record<string, string> {
  const lock = readFileSync(path.join(folder, "images.lock"), "utf8");
  const own = ["APP", "GOLD", "MINIO"].map((name) => `IMAGE_${name}=registry.example/${name}:1`);
  return Object.fromEntries(
    [...`${lock}\n${own.join("\n")}`.matchAll(/^(IMAGE_\w+)=(.+)$/gm)].map(([, name, image]) => [
      name!,
      image!.includes("@") ? image! : `${image!.toLowerCase()}@${DIGEST}`,
    ]),
  );
}

export const SITE: Readonly<Record<string, string>> = {
  SECRETS: "/nowhere",
  DOCKER_GID: "998",
  KAFKA_CLUSTER_ID: "MkU3OEVBNTcwNTJENDM2Qk",
};

export interface StackChanges {
  readonly change?: (text: string) => string;
  readonly variables?: Readonly<Record<string, string>>;
  /** What a config or secret holds instead. */
  readonly contents?: Readonly<Record<string, string>>;
}

/** deploy/stack.yml as it is, or changed. Secrets hold their own names. */
export function projectStack({ change, variables, contents = {} }: StackChanges = {}): ReadStack {
  const text = readFileSync(path.join(folder, "stack.yml"), "utf8");
  return readStack({
    text: change?.(text) ?? text,
    variables: { ...imageVariables(), ...SITE, ...variables },
    contentOf: (file) => {
      const given = contents[path.basename(file)];
      if (given !== undefined) return Buffer.from(given);
      if (file.startsWith(SITE["SECRETS"]!)) return Buffer.from(path.basename(file));
      return readFileSync(path.join(folder, file));
    },
  });
}
