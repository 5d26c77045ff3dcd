import { createHash } from "node:crypto";
import { describedNodes } from "./described-nodes.ts";
import type { StoreSpec, Topology } from "./topology.ts";

/**
 * Names the shape of a topology, in 16 hex digits: sub-topologies and their numbers, nodes, edges,
 * topics, stores and their windows. Equal where a task of one finds its state and its inputs
 * under the names that the other gave them; it does not depend on the order of declaration within
 * a sub-topology, on what the operators do, nor on sizes of buffers.
 */
export function topologyHash({ subTopologies, repartitionTopics }: Topology): string {
  const shape = {
    repartitionTopics: [...repartitionTopics].sort(),
    subTopologies: subTopologies.map((subTopology) => ({
      id: subTopology.id,
      nodes: describedNodes(subTopology).map(({ kind, name, topic, stores, inputs }) => [
        kind,
        name,
        topic,
        [...stores].sort(),
        inputs.map(({ side, from, output }) => [side, from, output]).sort(),
      ]),
      stores: subTopology.stores.map(storeShape).sort(),
    })),
  };
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex").slice(0, 16);
}

const storeShape = (store: StoreSpec): string =>
  store.kind === "window"
    ? `${store.kind} ${store.name} ${store.segmentMs}`
    : `${store.kind} ${store.name}`;
