import { JOBS_RUN, type PlannedStep } from "./plan.ts";
import type { Stack } from "./stack.ts";

/** Steps that are taken together, and waited for before the next ones. */
export type Wave = readonly PlannedStep[];

/**
 * The order of a deployment: what holds data begins together, since its parts wait for each other, and is restarted one
 * by one, since the others hold out meanwhile; then jobs; then all the rest; and last, one after the other, the jobs which
 * check that it works. Where nothing is to be done there are no waves, and jobs do not run either.
 */
export function wavesOf(stack: Stack, steps: readonly PlannedStep[]): Wave[] {
  const isPlanned = ({ action }: PlannedStep) => action !== "keep" && action !== "remove";
  const jobs = steps.filter(({ action }) => action === "job");
  const others = steps.filter((step) => isPlanned(step) && step.action !== "job");
  if (others.length === 0 && !jobs.some(({ reasons }) => isNews(reasons))) return [];
  const isOf = (layer: string) => (step: PlannedStep) =>
    stack.services[step.service]?.["x-layer"] === layer;
  const data = others.filter(isOf("data"));
  return [
    data.filter(({ action }) => action === "start"),
    ...data.filter(({ action }) => action !== "start").map((step) => [step]),
    jobs.filter((step) => !isOf("check")(step)),
    others.filter((step) => !isOf("data")(step)),
    ...jobs.filter(isOf("check")).map((step) => [step]),
  ].filter((wave) => wave.length > 0);
}

/** That they run at every deployment is none. */
const isNews = (reasons: readonly string[]): boolean =>
  reasons.some((reason) => reason !== JOBS_RUN);
