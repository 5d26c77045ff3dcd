import type { DeployedService } from "./deployed-service.ts";
import { deployedView } from "./deployed-view.ts";
import { AROUND_FACETS, type ServiceView, TASK_FACETS } from "./service-view.ts";
import type { Stack } from "./stack.ts";
import { wantedView } from "./wanted-view.ts";

/** Why a job runs of which nothing has changed. */
export const JOBS_RUN = "jobs run at every deployment";

/**
 * What a deployment does to a service: `start` it for the first time, `restart` its tasks, `change` what is around them,
 * run a `job` once more, `remove` it, or nothing (`keep`).
 */
export interface PlannedStep {
  readonly service: string;
  readonly action: "start" | "restart" | "change" | "job" | "remove" | "keep";
  /** What is different, a line each. */
  readonly reasons: readonly string[];
}

export interface Deployed {
  readonly services: readonly DeployedService[];
  /** Names of networks by their ids. */
  readonly networkNames: ReadonlyMap<string, string>;
}

/** What deploying the stack under this name would do, service by service in the order of the file. */
export function planDeployment(stack: Stack, stackName: string, deployed: Deployed): PlannedStep[] {
  const there = new Map(
    deployed.services.map((service) => [service.Spec.Name.slice(stackName.length + 1), service]),
  );
  const steps = deployedKeys(stack).map((key): PlannedStep => {
    const wanted = wantedView(stack, stackName, key);
    const service = there.get(key);
    there.delete(key);
    if (service === undefined) {
      return { service: key, action: wanted.isJob ? "job" : "start", reasons: ["it is new"] };
    }
    return stepOf(key, wanted, deployedView(service, deployed.networkNames));
  });
  const gone = [...there.keys()].map((service): PlannedStep => {
    return { service, action: "remove", reasons: ["it is no longer in the stack"] };
  });
  return [...steps, ...gone];
}

const deployedKeys = ({ services }: Stack): string[] =>
  Object.keys(services).filter((key) => services[key]!["x-layer"] !== "doctor");

function stepOf(service: string, wanted: ServiceView, is: ServiceView): PlannedStep {
  const restarts = TASK_FACETS.flatMap((facet) =>
    difference(facet, is.task[facet], wanted.task[facet]),
  );
  const changes = AROUND_FACETS.flatMap((facet) =>
    difference(facet, is.around[facet], wanted.around[facet]),
  );
  const reasons = [...restarts, ...changes];
  if (wanted.isJob) {
    return { service, action: "job", reasons: [JOBS_RUN, ...reasons] };
  }
  if (restarts.length > 0) return { service, action: "restart", reasons };
  return { service, action: changes.length > 0 ? "change" : "keep", reasons };
}

function difference(facet: string, is: readonly string[], wanted: readonly string[]): string[] {
  const gone = is.filter((line) => !wanted.includes(line));
  const come = wanted.filter((line) => !is.includes(line));
  if (gone.length === 1 && come.length === 1) return [`${facet}: ${gone[0]} → ${come[0]}`];
  return [
    ...gone.map((line) => `${facet}: no longer ${line}`),
    ...come.map((line) => `${facet}: now ${line}`),
  ];
}

const SIGNS = { start: "+", restart: "~", change: "·", job: "»", remove: "-", keep: " " } as const;

/** The plan for people: what happens, and why; those that stay as they are in one line. */
export function planText(steps: readonly PlannedStep[]): string {
  const kept = steps.filter(({ action }) => action === "keep").map(({ service }) => service);
  const lines = steps
    .filter(({ action }) => action !== "keep")
    .flatMap(({ service, action, reasons }) => [
      `${SIGNS[action]} ${action.padEnd(7)} ${service}`,
      ...reasons.map((reason) => `            ${reason}`),
    ]);
  const count = (action: PlannedStep["action"]) =>
    steps.filter((step) => step.action === action).length;
  const summary =
    `${count("restart")} to restart, ${count("start")} to start, ${count("change")} to change, ` +
    `${count("remove")} to remove, ${count("job")} jobs to run, ${kept.length} as they are`;
  return [...lines, ...(kept.length > 0 ? [`  keep    ${kept.join(" ")}`] : []), summary, ""].join(
    "\n",
  );
}
