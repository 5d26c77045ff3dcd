import path from "node:path";
import { Worker } from "node:worker_threads";
import { ConfigError } from "../../record/errors.ts";
import { attempt } from "./attempt.ts";
import type { UpkeepLine } from "./turn-text.ts";
import type { UpkeepJob } from "./upkeep-job.ts";

/** Sources run as they are, and a package as JavaScript: the extension is that of this file. */
const PROGRAM = path.join(
  import.meta.dirname,
  `upkeep.worker${path.extname(import.meta.filename)}`,
);

export interface UpkeepThread {
  readonly job: UpkeepJob;
  readonly heapMb: number;
  readonly say: (line: UpkeepLine) => void;
}

/**
 * Takes a turn in a thread of its own, so that nobody else waits for it. Whatever becomes of it is told
 * and not thrown. A stop ends it where it is: as a death at any moment does, that leaves the tables
 * whole, and at most files that no commit names.
 */
export const turnInThread = (
  { job, heapMb, say }: UpkeepThread,
  stop: AbortSignal,
): Promise<void> =>
  attempt("the tables", say, async () => {
    const worker = new Worker(PROGRAM, {
      name: "upkeep",
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    const end = () => void worker.terminate();
    stop.addEventListener("abort", end, { once: true });
    worker.on("message", say);
    try {
      await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY"
        ? new ConfigError(`the heap is full at ${heapMb} MiB (thread.heap.max.mb)`, {
            cause: error,
          })
        : error;
    } finally {
      stop.removeEventListener("abort", end);
    }
  });
