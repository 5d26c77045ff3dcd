import path from "node:path";
import type { Spill } from "../state/slab.ts";
import { FolderSpill } from "../state/spill.ts";

/** Cache of state that has left memory, per store. */
const CACHE_BYTES_MAX = 4 * 1024 * 1024;

/** Cold state of every store in a folder of its own. Who shares it must not have the same tasks. */
export const spillBelow =
  (folder: string) =>
  (name: string): Spill =>
    new FolderSpill(path.join(folder, name), CACHE_BYTES_MAX);
