import type { DeployedService, DeployedSpec } from "./deployed-service.ts";
import { LAYER_LABEL, REVISION_LABEL } from "./part-of-stack.ts";
import { settled, updatesOf, type Waiting } from "./settle.ts";
import type { DeployableSwarm } from "./swarm.ts";

/** What taking the last deployment back comes to. */
export interface Rollback {
  /** Of the last deployment. */
  readonly revision: string;
  /** Services to put back, in waves: what holds data one by one. */
  readonly waves: readonly (readonly string[])[];
  /** Services that it has begun: there is nothing before them. */
  readonly begun: readonly string[];
}

/**
 * What belongs to the newest deployment. Jobs are left out: they have been. A swarm remembers one version before the one
 * that runs, so a service which has been taken back goes forth again when it is done twice.
 *
 * @returns null where no service says of which deployment it is
 */
export function planRollback(services: readonly DeployedService[]): Rollback | null {
  const newest = services
    .filter(({ Spec }) => Spec.Labels[REVISION_LABEL] !== undefined && !isJob(Spec))
    .toSorted((a, b) => ((a.UpdatedAt ?? "") < (b.UpdatedAt ?? "") ? 1 : -1))[0];
  const revision = newest?.Spec.Labels[REVISION_LABEL];
  if (revision === undefined) return null;
  const ofIt = services.filter(
    ({ Spec }) => Spec.Labels[REVISION_LABEL] === revision && !isJob(Spec),
  );
  const before = ofIt.filter(({ PreviousSpec }) => isOfAnother(PreviousSpec, revision));
  const isData = ({ Spec }: DeployedService) => Spec.Labels[LAYER_LABEL] === "data";
  const names = (some: readonly DeployedService[]) => some.map(({ Spec }) => Spec.Name);
  return {
    revision,
    waves: [
      // The other way round: first who uses it.
      names(before.filter((service) => !isData(service))),
      ...before.filter(isData).map((service) => names([service])),
    ].filter((wave) => wave.length > 0),
    begun: names(ofIt.filter((service) => !before.includes(service))),
  };
}

const isJob = ({ Mode }: DeployedSpec): boolean =>
  Mode.ReplicatedJob !== undefined || Mode.GlobalJob !== undefined;

const isOfAnother = (spec: DeployedSpec | null | undefined, revision: string): boolean =>
  spec !== undefined && spec !== null && spec.Labels[REVISION_LABEL] !== revision;

/** Takes it back, wave by wave. @returns what went wrong, a line each */
export async function rollbackStack(
  waiting: Waiting & { readonly swarm: DeployableSwarm },
  { waves }: Rollback,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const { swarm, stackName } = waiting;
  for (const wave of waves) {
    tell(`takes back ${wave.join(", ")}`);
    const before = await updatesOf(swarm, stackName);
    for (const fullName of wave) await swarm.rollback(fullName);
    const unsettled = wave.map((fullName) => ({ fullName, isReplaced: true }));
    const wrong = await settled(waiting, unsettled, before, "rollback_completed");
    if (wrong.length > 0) return wrong;
  }
  return [];
}
