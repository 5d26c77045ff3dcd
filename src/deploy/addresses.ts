import type { DeployedService } from "./deployed-service.ts";
import type { Stack } from "./stack.ts";
import type { SwarmNode } from "./swarm-node.ts";
import type { SwarmTask } from "./swarm-task.ts";

/** Where people find what a stack publishes: a line for each path of each port, at the nodes that have it now. */
export function addressesOf(
  stack: Stack,
  stackName: string,
  there: {
    readonly services: readonly DeployedService[];
    readonly tasks: readonly SwarmTask[];
    readonly nodes: readonly SwarmNode[];
  },
): string[] {
  return Object.entries(stack.services).flatMap(([key, { ports = [], "x-paths": paths }]) => {
    const published = ports.flatMap((port) => (typeof port === "string" ? [] : [port.published]));
    const [port] = published.filter((each) => each !== undefined);
    if (port === undefined) return [];
    return hostsOf(`${stackName}_${key}`, there).flatMap((host) =>
      Object.entries(paths ?? { [key]: "/" }).map(
        ([name, path]) => `${name}: ${origin(host, port)}${path}`,
      ),
    );
  });
}

function hostsOf(fullName: string, { services, tasks, nodes }: Parameters<typeof addressesOf>[2]) {
  const id = services.find(({ Spec }) => Spec.Name === fullName)?.ID;
  const at = tasks
    .filter(({ ServiceID, Status }) => ServiceID === id && Status.State === "running")
    .map(({ NodeID }) => NodeID);
  return nodes.filter(({ ID }) => at.includes(ID)).map(({ Status }) => Status.Addr);
}

const origin = (host: string, port: number): string => {
  if (port === 443) return `https://${host}`;
  return `http://${host}${port === 80 ? "" : `:${port}`}`;
};
