import type { DeployedService, DeployedSpec } from "./deployed-service.ts";

/** Names of configs, and of secrets, that a stack has in a swarm. */
export interface SwarmContents {
  readonly configs: readonly string[];
  readonly secrets: readonly string[];
}

/** Those that nobody mounts: neither what runs, nor what it would be after a rollback. */
export function unusedContents(
  { configs, secrets }: SwarmContents,
  services: readonly DeployedService[],
): SwarmContents {
  const specs = services.flatMap(({ Spec, PreviousSpec }) => [Spec, PreviousSpec ?? Spec]);
  const used = new Set(specs.flatMap(contentsOf));
  const isUnused = (name: string) => !used.has(name);
  return { configs: configs.filter(isUnused), secrets: secrets.filter(isUnused) };
}

function contentsOf({ TaskTemplate: { ContainerSpec: container } }: DeployedSpec): string[] {
  return [
    ...(container.Configs ?? []).map(({ ConfigName }) => ConfigName),
    ...(container.Secrets ?? []).map(({ SecretName }) => SecretName),
  ];
}
