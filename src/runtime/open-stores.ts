import { KeyValueStore } from "../state/key-value-store.ts";
import type { Spill } from "../state/slab.ts";
import type { Store } from "../state/store.ts";
import { WindowStore } from "../state/window-store.ts";
import type { SubTopology } from "../topology/topology.ts";

/** The stores of a task by name, empty; what leaves memory goes where `openSpill` says. */
export const openStores = (
  { stores }: SubTopology,
  openSpill: (store: string) => Spill,
): Map<string, Store> =>
  new Map(
    stores.map((spec) => [
      spec.name,
      spec.kind === "key-value"
        ? new KeyValueStore(spec)
        : new WindowStore(spec, openSpill(spec.name)),
    ]),
  );
