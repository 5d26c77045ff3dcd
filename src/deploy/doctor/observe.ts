import { ConfigError } from "../../record/errors.ts";
import { partOfStack } from "../part-of-stack.ts";
import { settled, type Waiting } from "../settle.ts";
import type { Stack } from "../stack.ts";
import type { DeployableSwarm } from "../swarm.ts";
import { doctorJobs } from "./doctor-jobs.ts";
import type { Observed, SeenConnections, SeenThere } from "./observed.ts";

export interface Doctor extends Waiting {
  readonly swarm: DeployableSwarm;
  readonly stack: Stack;
  readonly fileOf: (file: string) => string;
  /** The manager's clock. */
  readonly managerMs: () => Promise<number>;
}

/** Has jobs look around on all nodes, and removes them. @throws ConfigError when the stack has none of them */
export async function observe(doctor: Doctor): Promise<Observed> {
  const { swarm, stackName, stack, managerMs } = doctor;
  const jobs = doctorJobs(stack);
  if (Object.keys(jobs).length === 0) {
    throw new ConfigError(
      "the stack has no service doctor of the layer doctor, which would look around",
    );
  }
  const fromMs = await managerMs();
  const lines = await looked(doctor, { ...stack, services: jobs });
  const toMs = await managerMs();
  const places = lines.filter((line): line is SeenThere => "disk" in line);
  const connections = lines.find((line): line is SeenConnections => "users" in line) ?? null;
  return {
    ...{ stackName, fromMs, toMs, places, connections },
    services: await swarm.services(stackName),
    tasks: await swarm.tasks(stackName),
    nodes: await swarm.nodes(),
    users: new Map(
      Object.entries(stack.services).flatMap(([key, { user }]) =>
        user === undefined ? [] : [[key, user]],
      ),
    ),
  };
}

/** What the jobs have seen, in lines of JSON. One that does not get to it is a place where nobody has looked. */
async function looked(
  doctor: Doctor,
  jobs: Stack,
): Promise<readonly (SeenThere | SeenConnections)[]> {
  const { swarm, stackName, fileOf } = doctor;
  const names = Object.keys(jobs.services);
  const fullNames = names.map((name) => `${stackName}_${name}`);
  await swarm.deploy(
    stackName,
    partOfStack({ stack: jobs, services: names, revision: null, fileOf }),
  );
  try {
    const unsettled = fullNames.map((fullName) => ({ fullName, isReplaced: false }));
    await settled(doctor, unsettled, new Map(), "completed");
    const lines = [];
    for (const fullName of fullNames) lines.push(...(await swarm.logs(fullName)));
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  } finally {
    for (const fullName of fullNames) await swarm.remove(fullName);
  }
}
