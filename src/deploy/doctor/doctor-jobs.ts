import { type Stack, type StackService, volumeOf } from "../stack.ts";

/** The service of a stack that looks around on every node. */
const EVERYWHERE = "doctor";
/** Where a job finds the volumes that it looks at: `<folder>/<service>/<volume>`. */
const VOLUMES = "/volumes";

/**
 * The jobs that look around: those of the layer `doctor`, and one for each place that has volumes, since a volume can be
 * seen only where it is.
 */
export function doctorJobs(stack: Stack): Record<string, StackService> {
  const own = Object.entries(stack.services).filter(([, each]) => each["x-layer"] === "doctor");
  const everywhere = stack.services[EVERYWHERE];
  if (everywhere === undefined) return {};
  const byPlace = Map.groupBy(
    Object.entries(stack.services).filter(([, service]) => volumesOf(service).length > 0),
    ([, { deploy }]) => JSON.stringify(deploy?.placement?.constraints ?? []),
  );
  const atVolumes = [...byPlace].map(([place, services], i): [string, StackService] => [
    `${EVERYWHERE}-volumes-${i + 1}`,
    {
      ...everywhere,
      volumes: services.flatMap(([key, service]) =>
        volumesOf(service).map((source) => ({
          type: "volume",
          source,
          target: `${VOLUMES}/${key}/${source}`,
          read_only: true,
          volume: { nocopy: true },
        })),
      ),
      deploy: { ...everywhere.deploy, placement: { constraints: JSON.parse(place) as string[] } },
    },
  ]);
  return Object.fromEntries([...own, ...atVolumes]);
}

const volumesOf = ({ volumes = [] }: StackService): string[] =>
  volumes.map(volumeOf).flatMap(({ type, source }) => (type === "volume" ? [source!] : []));
