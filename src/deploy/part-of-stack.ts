import type { Stack, StackContent, StackService } from "./stack.ts";

/** Labels that a deployment notes on a service: of which commit it is, and what it is to the others. */
export const REVISION_LABEL = "gdelt.deployed.revision";
export const LAYER_LABEL = "gdelt.deployed.layer";

export interface PartOfStack {
  readonly stack: Stack;
  readonly services: readonly string[];
  /** Of what the stack was read; null: nobody can say. */
  readonly revision: string | null;
  /** Where the file of a config or secret is, wherever Docker's command is run. */
  readonly fileOf: (file: string) => string;
}

/**
 * A stack file of some services of a stack, for `docker stack deploy`. Everything is filled in; it is JSON, which is
 * YAML too, because in plain YAML a text such as `off` is no text to everybody.
 */
export function partOfStack({ stack, services, revision, fileOf }: PartOfStack): string {
  const parts = services.map((name) => stack.services[name]!);
  const mounted = new Set(
    parts.flatMap(({ configs = [], secrets = [] }) =>
      [...configs, ...secrets].map((each) => (typeof each === "string" ? each : each.source)),
    ),
  );
  // Docker makes all that a file has, also what no service of it mounts.
  const located = (contents: Readonly<Record<string, StackContent>>) =>
    Object.fromEntries(
      Object.entries(contents)
        .filter(([name]) => mounted.has(name))
        .map(([name, content]) => [
          name,
          content.file === undefined ? content : { ...content, file: fileOf(content.file) },
        ]),
    );
  const part = {
    services: Object.fromEntries(
      services.map((name) => [name, noted(stack.services[name]!, revision)]),
    ),
    networks: stack.networks,
    volumes: stack.volumes,
    configs: located(stack.configs),
    secrets: located(stack.secrets),
  };
  // A dollar is one of a variable otherwise.
  return JSON.stringify(part, null, 1).replaceAll("$", "$$$$");
}

/** The labels are the service's own: its containers have none of them, and are not restarted for them. */
function noted(service: StackService, revision: string | null): StackService {
  const layer = service["x-layer"];
  const labels = {
    ...service.deploy?.labels,
    ...(revision !== null && { [REVISION_LABEL]: revision }),
    ...(layer !== undefined && { [LAYER_LABEL]: layer }),
  };
  return { ...service, deploy: { ...service.deploy, labels } };
}
