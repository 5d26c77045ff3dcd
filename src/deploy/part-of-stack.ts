import type { Stack, StackContent } from "./stack.ts";

/**
 * A stack file of some services of a stack, for `docker stack deploy`. Everything is filled in; it is JSON, which is
 * YAML too, because in plain YAML a text such as `off` is no text to everybody.
 *
 * @param fileOf where the file of a config or secret is, wherever Docker's command is run
 */
export function partOfStack(
  stack: Stack,
  services: readonly string[],
  fileOf: (file: string) => string,
): string {
  const located = (contents: Readonly<Record<string, StackContent>>) =>
    Object.fromEntries(
      Object.entries(contents).map(([name, content]) => [
        name,
        content.file === undefined ? content : { ...content, file: fileOf(content.file) },
      ]),
    );
  const part = {
    services: Object.fromEntries(services.map((name) => [name, stack.services[name]])),
    networks: stack.networks,
    volumes: stack.volumes,
    configs: located(stack.configs),
    secrets: located(stack.secrets),
  };
  // A dollar is one of a variable otherwise.
  return JSON.stringify(part, null, 1).replaceAll("$", "$$$$");
}
