import { Random } from "../../ingest/slice-generator/random.ts";
import type { Clock } from "../../record/clock.ts";
import type { Mart } from "../mart.ts";
import { attempt } from "./attempt.ts";
import { keepUp, pause } from "./keep-up.ts";
import { droppedLine, type UpkeepLine } from "./turn-text.ts";
import { folderUpkeep } from "./upkeep-job.ts";
import { turnInThread } from "./upkeep-thread.ts";

/** Of the thread that looks after the tables. */
const HEAP_MB = 512;

export interface KeptSession {
  /** Where the tables are. */
  readonly data: string;
  /** From one turn to the next; null: there are none. */
  readonly upkeepMs: number | null;
  /** How long days of the mart are kept; null: for ever. */
  readonly martRetentionMs: number | null;
}

/**
 * Looks after what one process has to itself, until `stop`: the tables in a thread of its own, the mart from
 * here, because its database may be in this process's care alone. Neither holds up the joins, and
 * nothing that fails there ends them.
 */
export async function keepSession(
  { data, upkeepMs: intervalMs, martRetentionMs }: KeptSession,
  { mart }: { readonly mart: Mart | null },
  { say, clock }: { readonly say: (line: UpkeepLine) => void; readonly clock: Clock },
  stop: AbortSignal,
): Promise<void> {
  if (intervalMs === null) return;
  const thread = { job: folderUpkeep(data), heapMb: HEAP_MB, say };
  const turn = async (signal: AbortSignal) => {
    await turnInThread(thread, signal);
    if (mart === null || martRetentionMs === null || signal.aborted) return;
    await attempt("the mart", say, async () => {
      const days = await mart.dropOldDays(martRetentionMs);
      if (days.length > 0) say(droppedLine(days));
    });
  };
  const random = new Random(clock.nowMs());
  await keepUp({ turn, intervalMs, random, wait: pause }, stop);
}
