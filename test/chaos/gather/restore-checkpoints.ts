import { APPLICATION } from "../../../src/app/publishing.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import { taskFolder } from "../../../src/state/checkpoint-folder.ts";
import { Checkpointer } from "../../../src/state/checkpointer.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { WindowStore } from "../../../src/state/window-store.ts";
import { MemorySpill } from "../../../src/testing/memory-spill.ts";
import { copyObjects } from "../../state/copy-objects.ts";
import type { KnownTask, RestoredCheckpoint } from "../evidence.ts";
import { GENERATION } from "../first-generation.ts";
import type { GroupCommit } from "../world/group-commits.ts";
import { stateLines } from "./state-lines.ts";

const { subTopologies } = silverTopology({ ...SILVER_DEFAULTS, mart: false });

interface Meta {
  readonly counters: Readonly<Record<string, number>>;
  readonly tracker: { readonly streamTimeMs: number };
}

/** Loads the checkpoints that the last committed positions name, as a new owner would. */
export async function restoreCheckpoints(
  objects: ObjectStore,
  tasks: readonly KnownTask[],
  commits: readonly GroupCommit[],
): Promise<RestoredCheckpoint[]> {
  // A restore deletes what is dead: it is done on a copy.
  const copy = new MemoryObjectStore({ nowMs: () => Date.now() });
  await copyObjects(objects, copy);
  const restored: RestoredCheckpoint[] = [];
  for (const { id: task, inputs } of tasks) {
    const last = commits.findLast(
      ({ outcome, positions }) => outcome === "committed" && positions.has(inputs[0]!),
    );
    const id = last?.positions.get(inputs[0]!)?.metadata;
    if (id === undefined) continue;
    const checkpoint = { task, id };
    try {
      restored.push({ ...checkpoint, problem: null, holds: await linesOf(copy, task, id) });
    } catch (error) {
      restored.push({ ...checkpoint, problem: (error as Error).message, holds: [] });
    }
  }
  return restored;
}

async function linesOf(objects: ObjectStore, task: string, id: string): Promise<string[]> {
  const subTopology = subTopologies[Number.parseInt(task, 10)]!;
  const stores = subTopology.stores.map((spec) => {
    if (spec.kind !== "window") throw new TypeError(`store ${spec.name} has no windows`);
    return new WindowStore(spec, new MemorySpill());
  });
  const folder = taskFolder(APPLICATION, GENERATION, task);
  const meta = await new Checkpointer<Meta>(objects, folder, task).restore(id, stores);
  const { counters, tracker } = meta;
  return stateLines(stores, { counters, streamTimeMs: tracker.streamTimeMs });
}
