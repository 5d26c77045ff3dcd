import type { ObjectStore } from "../../src/state/object-store.ts";

/**
 * Copies what is in a store at this moment. It may be in use: what its owner deletes between the
 * listing and the reading (a probe, an orphan) is not in the copy either.
 */
export async function copyObjects(from: ObjectStore, to: ObjectStore): Promise<void> {
  for (const { path } of await from.list("")) {
    const bytes = await from.get(path);
    if (bytes !== null) await to.put(path, bytes);
  }
}
