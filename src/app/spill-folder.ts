import type { Spill } from "../state/slab.ts";
import { SpillFolder } from "../state/spill.ts";

/** Memory for the state of a process, where no option says it. */
export const STATE_BYTES_MAX = 128 * 1024 * 1024;

/** Of state that was read again after it had left memory. */
const CACHE_BYTES_MAX = 16 * 1024 * 1024;

/** Cold state of the stores of one thread, which have so many bytes of memory together. */
export function spillBelow(folder: string, residentBytesMax: number): (name: string) => Spill {
  const spill = new SpillFolder(folder, { residentBytesMax, cacheBytesMax: CACHE_BYTES_MAX });
  return (name) => spill.open(name);
}
