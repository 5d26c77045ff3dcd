import { readFileSync } from "node:fs";
import path from "node:path";
import { type ReadStack, readStack } from "../../deploy/read-stack.ts";
import { ConfigError } from "../../record/errors.ts";

/** A stack with the files that it names, those relative to itself, and the images of the lock file beside it. */
export function readStackFile(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadStack {
  const folder = path.dirname(path.resolve(file));
  const lock = readText(path.join(folder, "images.lock")).toString("utf8");
  const images = [...lock.matchAll(/^(IMAGE_\w+)=(.+)$/gm)].map(([, name, image]) => [
    name!,
    image!,
  ]);
  return readStack({
    text: readText(file).toString("utf8"),
    // Who names an image in the environment means it.
    variables: { ...Object.fromEntries(images), ...environment },
    contentOf: (name) => readText(path.resolve(folder, name)),
  });
}

function readText(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read (${(cause as Error).message})`, { cause });
  }
}
